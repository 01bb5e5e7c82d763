import Synchronization
import TestSupport
import Testing
import Threading
import WebServer

@Suite(.serialized)
struct WebSocketTests {
    @Test func `ten clients receive the same sequence; one that joins later begins with the last`()
        throws
    {
        let hub = WebSocketHub(path: "/ws")
        let server = try RunningServer(hubs: [hub])
        hub.broadcast(Array("0".utf8))
        let clients = try (0..<10).map { _ in try WebSocketClient.connect(port: server.port) }
        for number in 1...50 {
            for client in clients { #expect(client.readText() == "\(number - 1)") }
            hub.broadcast(Array("\(number)".utf8))
        }
        let late = try WebSocketClient.connect(port: server.port)
        #expect(late.readText() == "50")
        #expect(hub.clientCount == 11)
        #expect(server.server.statistics.framesSent == 511)
    }

    @Test(arguments: [1, 125, 126, 65_535, 65_536, 300_000])
    func `a frame of any size arrives whole`(count: Int) throws {
        let hub = WebSocketHub(path: "/ws")
        let server = try RunningServer(hubs: [hub])
        let text = String(repeating: "x", count: count)
        hub.broadcast(Array(text.utf8))
        #expect(try WebSocketClient.connect(port: server.port).readText() == text)
    }

    @Test func `a client that stops reading slows nobody, costs one frame and is closed with 1013`()
        async throws
    {
        let hub = WebSocketHub(path: "/ws")
        let server = try RunningServer(hubs: [hub]) {
            $0.slowClientMilliseconds = 2_000
            $0.closeMilliseconds = 20_000
        }
        let stuck = try WebSocketClient.connect(port: server.port, receiveBufferBytes: 4_096)
        let reader = try WebSocketClient.connect(port: server.port)
        let filler = String(repeating: "x", count: 10_000)
        let residentBefore = residentKilobytes()
        var number = 0
        while number < 30_000 || server.server.statistics.slowClientsClosed == 0 {
            number += 1
            hub.broadcast(Array("\(number) \(filler)".utf8))
            #expect(reader.readText()?.hasPrefix("\(number) ") == true)
            try #require(number < 1_000_000)
        }
        // 300 MB were broadcast. Other tests of the process allocate meanwhile.
        #expect(residentKilobytes() < residentBefore + 150_000)
        #expect(server.told == [.slowClientClosed(path: "/ws", address: "127.0.0.1")])
        // What it had begun to get comes first, then the reason.
        #expect(stuck.readCloseCode() == 1013)
        stuck.disconnect()
        #expect(try await eventually { hub.clientCount == 1 })
    }

    @Test func `a slow client gets the newest frame, not each`() throws {
        let hub = WebSocketHub(path: "/ws")
        let server = try RunningServer(hubs: [hub])
        let client = try WebSocketClient.connect(port: server.port, receiveBufferBytes: 4_096)
        let filler = String(repeating: "x", count: 60_000)
        for number in 1...500 { hub.broadcast(Array("\(number) \(filler)".utf8)) }
        var numbers: [Int] = []
        while numbers.last != 500 {
            let text = try #require(client.readText())
            numbers.append(try #require(Int(text.prefix { $0 != " " })))
        }
        #expect(numbers == numbers.sorted())
        #expect(numbers.count < 100)
    }

    @Test(arguments: [
        ("http://localhost:3000", true), ("http://127.0.0.1", true), (nil, true),
        ("http://evil.example", false), ("null", false), ("file://", false),
        ("http://localhost.evil.example", false),
    ])
    func `a page connects only from an allowed origin`(origin: String?, isIn: Bool) throws {
        let server = try RunningServer(hubs: [WebSocketHub(path: "/ws")])
        let client = Result { try WebSocketClient.connect(port: server.port, origin: origin) }
        switch client {
        case .success: #expect(isIn)
        case .failure(let failure): #expect("\(failure)" == "HTTP/1.1 403 Forbidden" && !isIn)
        }
        #expect(server.server.statistics.hostileInputs == (isIn ? 0 : 1))
    }

    @Test func `the server's own page connects`() throws {
        let server = try RunningServer(hubs: [WebSocketHub(path: "/ws")])
        _ = try WebSocketClient.connect(
            port: server.port,
            origin: "http://127.0.0.1:\(server.port)"
        )
    }

    @Test(arguments: [
        ("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n", 400),
        (
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: short\r\n", 400
        ),
        (
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", 400
        ),
        (
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", 426
        ),
        ("", 426),
    ])
    func `a bad handshake is refused`(headers: String, status: Int) throws {
        let server = try RunningServer(hubs: [WebSocketHub(path: "/ws")])
        let answer = try server.exchange(
            "GET /ws HTTP/1.1\r\nHost: h\r\n\(headers)\r\nGET / HTTP/1.0\r\n\r\n"
        )
        #expect(answer.status == status)
    }

    @Test func `a ping is answered, with what came with it`() throws {
        let server = try RunningServer(hubs: [WebSocketHub(path: "/ws")])
        let client = try WebSocketClient.connect(port: server.port)
        try client.sendFrame(opcode: 0x9, [1, 2, 3])
        #expect(client.readFrame() == .pong([1, 2, 3]))
    }

    @Test func `a silent client is pinged; one that stays silent is dropped`() async throws {
        let hub = WebSocketHub(path: "/ws")
        let server = try RunningServer(hubs: [hub]) {
            $0.pingMilliseconds = 200
            $0.silenceMilliseconds = 3_000
        }
        let mute = try WebSocketClient.connect(port: server.port)
        let alive = try WebSocketClient.connect(port: server.port)
        try await eventually {
            if alive.readFrame(within: .milliseconds(100)) == .ping([]) {
                try alive.sendFrame(opcode: 0xA, [])
            }
            return hub.clientCount == 1
        }
        #expect(hub.clientCount == 1)
        #expect(mute.readFrame() == .ping([]))
        #expect(mute.readFrame() == nil)
        try alive.sendFrame(opcode: 0x9, [7])
        var frame = alive.readFrame()
        while frame == .ping([]) { frame = alive.readFrame() }
        #expect(frame == .pong([7]))
    }

    @Test func `messages reach the handler, answers their client`() async throws {
        let hears = Mutex<[String]>([])
        let box = HubBox()
        let hub = WebSocketHub(
            path: "/talk",
            handlers: WebSocketHub.Handlers(
                onConnect: { id, request in
                    box.hub?.send(Array("hello \(request.queryValue("name") ?? "")".utf8), to: id)
                },
                onText: { id, text in
                    let words = String(decoding: text, as: UTF8.self)
                    hears.withLock { $0.append(words) }
                    if words == "bye" {
                        box.hub?.close(id, code: CloseCode(rawValue: 4001), reason: "as you wish")
                    } else {
                        box.hub?.send(Array("re: \(words)".utf8), to: id)
                    }
                },
                onDisconnect: { _ in hears.withLock { $0.append("gone") } }
            )
        )
        box.hub = hub
        let server = try RunningServer(hubs: [hub])
        let one = try WebSocketClient.connect(port: server.port, path: "/talk?name=one")
        let two = try WebSocketClient.connect(port: server.port, path: "/talk?name=two")
        #expect(one.readText() == "hello one")
        #expect(two.readText() == "hello two")
        try one.sendFrame(opcode: 0x1, Array("in ".utf8), isFinal: false)
        try one.sendFrame(opcode: 0x9, [], isFinal: true)
        try one.sendFrame(opcode: 0x0, Array("two parts".utf8))
        #expect(one.readFrame() == .pong([]))
        #expect(one.readText() == "re: in two parts")
        try two.sendText("bye")
        #expect(two.readCloseCode() == 4001)
        #expect(try await eventually { hears.withLock { $0.last == "gone" } })
        #expect(hub.clientCount == 1)
    }

    @Test func `a shutdown closes sockets with 1001 and frees the port`() throws {
        let hub = WebSocketHub(path: "/ws")
        let server = try RunningServer(hubs: [hub])
        let client = try WebSocketClient.connect(port: server.port)
        let idle = try TCPClient(port: server.port)
        let ended = Flag()
        BlockingThread.start("stopper") {
            server.server.shutDown(timeoutMilliseconds: 5_000)
            ended.set()
        }
        #expect(client.readCloseCode() == 1001)
        client.disconnect()
        #expect(idle.readToEnd()?.isEmpty == true)
        idle.close()
        while !ended.load() { BlockingThread.pause(for: .milliseconds(2)) }
        #expect(!accepts(port: server.port))
        #expect(hub.clientCount == 0)
        hub.broadcast([0x61])
    }
}

/// A hub for its own handlers.
final class HubBox: Sendable {
    private let value = Mutex<WebSocketHub?>(nil)

    var hub: WebSocketHub? {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }
}
