import Synchronization
import TestSupport
import Testing
import Threading
import WebServer

@Suite(.serialized)
struct DeferredTests {
    @Test func `an answer comes from another thread while others are served`() throws {
        let gate = Flag()
        let server = try RunningServer(routes: [
            HTTPRoute(
                .get,
                "/slow",
                .deferred { _, responder in
                    BlockingThread.start("slow") {
                        while !gate.load() { BlockingThread.pause(for: .milliseconds(2)) }
                        responder.respond(.text("late"))
                        responder.respond(.text("again"))
                    }
                },
                allowsCrossOrigin: true
            ),
            HTTPRoute(.get, "/fast", .immediate { _ in .text("now") }),
        ])
        let client = try TCPClient(port: server.port)
        try client.send(
            "GET /slow HTTP/1.1\r\nHost: h\r\nOrigin: http://localhost\r\n\r\n"
                + "GET /fast HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
        )
        #expect(try server.get("/fast").body == "now")
        gate.set()
        let text = String(decoding: client.readToEnd() ?? [], as: UTF8.self)
        #expect(text.components(between: "\r\n\r\n") == ["late", "now"])
        #expect(text.contains("Access-Control-Allow-Origin: http://localhost\r\n"))
    }

    @Test func `a handler without an answer in time costs 503; the connection goes on`() throws {
        let kept = Mutex<[HTTPResponder]>([])
        let server = try RunningServer(routes: [
            HTTPRoute(
                .get,
                "/never",
                .deferred { _, responder in kept.withLock { $0.append(responder) } },
                answerMilliseconds: 200
            ),
            HTTPRoute(.get, "/fast", .immediate { _ in .text("now") }),
        ])
        let client = try TCPClient(port: server.port)
        try client.send("GET /never HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(client.read(through: "\r\n\r\n")?.hasPrefix("HTTP/1.1 503 ") == true)
        kept.withLock { $0.first?.respond(.text("too late")) }
        try client.send("GET /fast HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        let rest = String(decoding: client.readToEnd() ?? [], as: UTF8.self)
        #expect(rest.hasSuffix("\r\n\r\nnow"))
        #expect(!rest.contains("too late"))
    }

    @Test func `a handler that forgets the responder costs 500`() throws {
        let server = try RunningServer(routes: [
            HTTPRoute(.get, "/lost", .deferred { _, _ in })
        ])
        #expect(try server.get("/lost").status == 500)
    }

    @Test func `a client that left before the answer harms nobody`() throws {
        let kept = Mutex<[HTTPResponder]>([])
        let server = try RunningServer(routes: [
            HTTPRoute(
                .get,
                "/later",
                .deferred { _, responder in kept.withLock { $0.append(responder) } }
            ),
            HTTPRoute(.get, "/fast", .immediate { _ in .text("now") }),
        ])
        let client = try TCPClient(port: server.port)
        try client.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n")
        while kept.withLock({ $0.isEmpty }) { #expect(try server.get("/fast").status == 200) }
        client.close()
        while server.server.statistics.connectionsOpen > 0 {
            BlockingThread.pause(for: .milliseconds(2))
        }
        kept.withLock { $0.removeFirst().respond(.text("nobody")) }
        #expect(try server.get("/fast").body == "now")
    }
}
