import TestSupport
import Testing
import WebServer

/// Frames in, close code out, each on a socket of its own; others get their frames meanwhile.
@Suite(.serialized)
struct HostileWebSocketTests {
    private static func frame(
        _ opcode: UInt8,
        _ payload: [UInt8] = [],
        isFinal: Bool = true,
        isMasked: Bool = true
    ) -> [UInt8] {
        WebSocketClient.frame(opcode: opcode, payload, isFinal: isFinal, isMasked: isMasked)
    }

    private static let inputs: [(String, [UInt8], Int)] = [
        ("unmasked", frame(0x1, [0x61], isMasked: false), 1002),
        ("reserved bit", [0xC1, 0x80, 0, 0, 0, 0], 1002),
        ("unknown opcode", frame(0x3), 1002),
        ("unknown control opcode", frame(0xB), 1002),
        ("fragmented ping", frame(0x9, isFinal: false), 1002),
        ("long ping", frame(0x9, [UInt8](repeating: 0, count: 126)), 1002),
        ("continuation of nothing", frame(0x0), 1002),
        ("message within a message", frame(0x1, isFinal: false) + frame(0x1), 1002),
        ("length not minimal", [0x81, 0xFE, 0, 5, 0, 0, 0, 0], 1002),
        ("long length not minimal", [0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0], 1002),
        ("negative length", [0x81, 0xFF] + [UInt8](repeating: 0xFF, count: 12), 1002),
        (
            "fragment flood",
            frame(0x1, isFinal: false)
                + (0..<100_000).flatMap { _ in frame(0x0, isFinal: false) }, 1002
        ),
        ("close code cut", frame(0x8, [3]), 1002),
        ("close code reserved", frame(0x8, [0x03, 0xED]), 1002),
        ("close reason no UTF-8", frame(0x8, [0x03, 0xE8, 0xFF]), 1007),
        ("text no UTF-8", frame(0x1, [0xC3, 0x28]), 1007),
        ("text cut within a character", frame(0x1, [0xC3]), 1007),
        ("binary", frame(0x2, [1]), 1003),
        ("too big", frame(0x1, [UInt8](repeating: 0x61, count: 65_537)), 1009),
        ("head of a huge one", [0x81, 0xFF, 0, 0, 0x7F, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1009),
        (
            "too big in parts",
            frame(0x1, [UInt8](repeating: 0x61, count: 40_000), isFinal: false)
                + frame(0x0, [UInt8](repeating: 0x61, count: 40_000)), 1009
        ),
        ("message flood", (0..<101).flatMap { _ in frame(0x1, [0x61]) }, 1008),
        ("ping flood", (0..<101).flatMap { _ in frame(0x9) }, 1008),
        ("pong flood", (0..<101).flatMap { _ in frame(0xA) }, 1008),
        ("goodbye", frame(0x8, [0x03, 0xE8]), 1000),
        ("goodbye without a code", frame(0x8), 1000),
    ]

    @Test func `broken frames are closed with their code, others unaffected`() throws {
        let hub = WebSocketHub(path: "/ws")
        let server = try RunningServer(hubs: [hub])
        let other = try WebSocketClient.connect(port: server.port)
        for (name, bytes, code) in Self.inputs {
            let client = try WebSocketClient.connect(port: server.port)
            try? client.sendRaw(bytes)
            #expect(client.readCloseCode() == code, "\(name)")
            hub.broadcast(Array(name.utf8))
            #expect(other.readText() == name)
        }
        #expect(server.server.statistics.hostileInputs == Self.inputs.count - 2)
    }

    @Test func `the largest message and the most fragments are taken`() throws {
        let box = HubBox()
        let hub = WebSocketHub(
            path: "/ws",
            handlers: WebSocketHub.Handlers(onText: { id, text in
                box.hub?.send(Array("\(text.count)".utf8), to: id)
            })
        )
        box.hub = hub
        let server = try RunningServer(hubs: [hub])
        let client = try WebSocketClient.connect(port: server.port)
        try client.sendFrame(opcode: 0x1, [UInt8](repeating: 0x61, count: 65_536))
        #expect(client.readText() == "65536")
        for index in 0..<64 {
            try client.sendFrame(
                opcode: index == 0 ? 0x1 : 0x0,
                [UInt8](repeating: 0x61, count: 1_024),
                isFinal: index == 63
            )
        }
        #expect(client.readText() == "65536")
    }

    @Test func `a message may come byte by byte`() throws {
        let box = HubBox()
        let hub = WebSocketHub(
            path: "/ws",
            handlers: WebSocketHub.Handlers(onText: { id, text in box.hub?.send(text, to: id) })
        )
        box.hub = hub
        let server = try RunningServer(hubs: [hub])
        let client = try WebSocketClient.connect(port: server.port)
        let text = String(repeating: "é", count: 100)
        for byte in WebSocketClient.frame(opcode: 0x1, Array(text.utf8)) {
            try client.sendRaw([byte])
        }
        #expect(client.readText() == text)
    }

    @Test func `a client that takes no messages of its own is closed, not queued for`() async throws
    {
        let ids = ClientList()
        let hub = WebSocketHub(
            path: "/ws",
            handlers: WebSocketHub.Handlers(onConnect: { id, _ in ids.add(id) })
        )
        let server = try RunningServer(hubs: [hub]) { $0.closeMilliseconds = 200 }
        let client = try WebSocketClient.connect(port: server.port, receiveBufferBytes: 4_096)
        #expect(try await eventually { !ids.all.isEmpty })
        let message = [UInt8](repeating: 0x61, count: 10_000)
        try await eventually {
            for _ in 0..<10 { hub.send(message, to: ids.all[0]) }
            return hub.clientCount == 0
        }
        #expect(server.server.statistics.slowClientsClosed == 1)
        withExtendedLifetime(client) {}
    }

    @Test func `random bytes never break it`() throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        print("seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let hub = WebSocketHub(path: "/ws")
        let server = try RunningServer(hubs: [hub]) { $0.closeMilliseconds = 100 }
        for _ in 0..<200 {
            let client = try WebSocketClient.connect(port: server.port)
            let count = Int.random(in: 1...400, using: &generator)
            try? client.sendRaw(
                (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            )
            client.disconnect()
        }
        hub.broadcast(Array("still here".utf8))
        #expect(try WebSocketClient.connect(port: server.port).readText() == "still here")
    }
}
