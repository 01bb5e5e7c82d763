import TestSupport
import Testing
import WebServer

@Suite(.serialized)
struct ServerTests {
    @Test func `a taken port is an error that names it`() throws {
        let first = try RunningServer()
        let failure = #expect(throws: WebServerError.self) {
            _ = try WebServer(
                WebServerConfiguration(port: first.port, address: "127.0.0.1"),
                routes: []
            )
        }
        #expect(failure == .portTaken(port: first.port))
        #expect(failure?.description == "port \(first.port) is taken by another process")
    }

    @Test(arguments: ["192.0.2.1", "localhost", "1.2.3"])
    func `an address of another machine or none is an error`(address: String) throws {
        #expect(throws: WebServerError.self) {
            _ = try WebServer(WebServerConfiguration(port: 0, address: address), routes: [])
        }
    }

    @Test func `routes that could never be told apart are an error`() {
        for patterns in [["/a", "/a"], ["/a/:b", "/a/:c"], ["a"], ["/:a/:a"]] {
            #expect(throws: WebServerError.self) {
                _ = try WebServer(
                    WebServerConfiguration(port: 0, address: "127.0.0.1"),
                    routes: patterns.map { HTTPRoute(.get, $0, .immediate { _ in .text("") }) }
                )
            }
        }
    }

    @Test func `a hub serves one path of one server`() throws {
        let hub = WebSocketHub(path: "/ws")
        let server = try RunningServer(hubs: [hub])
        #expect(throws: WebServerError.self) { try RunningServer(hubs: [hub]) }
        #expect(throws: WebServerError.self) {
            try RunningServer(hubs: [WebSocketHub(path: "/a"), WebSocketHub(path: "/a")])
        }
        hub.broadcast(Array("mine".utf8))
        #expect(try WebSocketClient.connect(port: server.port).readText() == "mine")
    }

    @Test func `all interfaces are listened on when no address is given`() throws {
        let server = try WebServer(
            WebServerConfiguration(port: 0),
            routes: [HTTPRoute(.get, "/", .immediate { .text($0.remoteAddress) })]
        )
        server.start()
        let client = try TCPClient(port: server.port)
        try client.send("GET / HTTP/1.0\r\n\r\n")
        #expect(Answer(client.readToEnd()).body == "127.0.0.1")
        server.shutDown(timeoutMilliseconds: 1_000)
    }

    @Test func `a server that was never started ends too, and its port is free`() throws {
        let port: Int
        do {
            let server = try WebServer(
                WebServerConfiguration(port: 0, address: "127.0.0.1"),
                routes: []
            )
            port = server.port
            server.shutDown(timeoutMilliseconds: 0)
        }
        #expect(!accepts(port: port))
    }

    @Test func `it shows that its loop turns`() async throws {
        let turns = ClientList()
        let server = try WebServer(
            WebServerConfiguration(port: 0, address: "127.0.0.1"),
            routes: [],
            onTurn: { turns.add(0) }
        )
        #expect(try await eventually { server.lastLoopAge > .milliseconds(300) })
        server.start()
        #expect(try await eventually { turns.all.count > 3 })
        #expect(try await eventually { server.lastLoopAge < .milliseconds(300) })
        server.shutDown(timeoutMilliseconds: 0)
        #expect(try await eventually { server.lastLoopAge > .milliseconds(300) })
    }

    @Test func `after it stopped accepting, what is connected goes on`() async throws {
        let server = try RunningServer(routes: [
            HTTPRoute(.get, "/", .immediate { _ in .text("here") })
        ])
        let client = try TCPClient(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(client.read(through: "\r\n\r\nhere") != nil)
        server.server.stopAccepting()
        #expect(try await eventually { !accepts(port: server.port) })
        try client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(client.read(through: "\r\n\r\nhere") != nil)
    }

    @Test func `a shutdown lets what is in hand be answered, and no longer than its time`()
        async throws
    {
        let kept = ResponderBox()
        let server = try RunningServer(routes: [
            HTTPRoute(.get, "/never", .deferred { _, responder in kept.put(responder) })
        ])
        let client = try TCPClient(port: server.port)
        try client.send("GET /never HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try await eventually { server.server.statistics.bytesReceived > 0 })
        let began = ContinuousClock.now
        server.server.shutDown(timeoutMilliseconds: 400)
        #expect(began.duration(to: .now) >= .milliseconds(350))
        #expect(client.readToEnd()?.isEmpty == true)
    }

    @Test func `a hundred servers can be made and ended, one after the other`() throws {
        for _ in 0..<100 {
            let hub = WebSocketHub(path: "/ws")
            let server = try RunningServer(
                routes: [HTTPRoute(.get, "/", .immediate { _ in .text("here") })],
                hubs: [hub]
            )
            hub.broadcast(Array("frame".utf8))
            let client = try WebSocketClient.connect(port: server.port)
            #expect(client.readText() == "frame")
            #expect(try server.get("/").body == "here")
        }
    }

    @Test func `two servers serve side by side`() throws {
        let one = try RunningServer(routes: [HTTPRoute(.get, "/", .immediate { _ in .text("1") })])
        let two = try RunningServer(routes: [HTTPRoute(.get, "/", .immediate { _ in .text("2") })])
        #expect(try one.get("/").body == "1")
        #expect(try two.get("/").body == "2")
    }
}
