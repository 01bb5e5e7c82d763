import TestSupport
import Testing
import WebServer

/// Bytes in, status out, each on a connection of its own; the server answers others afterwards.
@Suite(.serialized)
struct HostileHTTPTests {
    private static let routes = [
        HTTPRoute(.get, "/stats", .immediate { _ in .json("{}") }),
        HTTPRoute(.post, "/api/echo", .immediate { request in HTTPResponse(body: request.body) }),
    ]

    private static let host = "Host: h\r\n"
    private static let megabyte = String(repeating: "a", count: 1 << 20)

    private static let inputs: [(String, Int)] = [
        ("nonsense\r\n\r\n", 400),
        ("\u{16}\u{3}\u{1}\u{2}", 400),
        ("GET /stats\r\n\r\n", 400),
        ("GET /stats HTTP/1.1\n\(host)\n", 400),
        ("GET /stats HTTP/1.1\nHost: h\n\n", 400),
        ("GET /stats HTTP/1.1\r\nHost: h\nX-A: 1\r\n", 400),
        ("GET  /stats HTTP/1.1\r\n\(host)\r\n", 400),
        ("GET /stats HTTP/1.1 \r\n\(host)\r\n", 400),
        ("G(T /stats HTTP/1.1\r\n\(host)\r\n", 400),
        ("GET stats HTTP/1.1\r\n\(host)\r\n", 400),
        ("GET * HTTP/1.1\r\n\(host)\r\n", 400),
        ("GET /a%zz HTTP/1.1\r\n\(host)\r\n", 400),
        ("GET /a%0 HTTP/1.1\r\n\(host)\r\n", 400),
        ("GET /a%00b HTTP/1.1\r\n\(host)\r\n", 400),
        ("GET /%ff HTTP/1.1\r\n\(host)\r\n", 400),
        ("GET /\u{e9} HTTP/1.1\r\n\(host)\r\n", 400),
        ("GET /?\(String(repeating: "a&", count: 101)) HTTP/1.1\r\n\(host)\r\n", 400),
        ("GET /stats HTTP/1.1\r\n\r\n", 400),
        ("GET /stats HTTP/1.1\r\n\(host)\(host)\r\n", 400),
        ("GET /stats HTTP/1.1\r\n\(host)X-A : 1\r\n\r\n", 400),
        ("GET /stats HTTP/1.1\r\n\(host) folded\r\n\r\n", 400),
        ("GET /stats HTTP/1.1\r\n\(host): empty\r\n\r\n", 400),
        ("GET /stats HTTP/1.1\r\n\(host)X-A: 1\rX-B: 2\r\n\r\n", 400),
        ("GET /stats HTTP/1.1\r\n\(host)X-A: \u{0}\r\n\r\n", 400),
        ("POST /api/echo HTTP/1.1\r\n\(host)Content-Length: 2\r\nContent-Length: 2\r\n\r\nab", 400),
        ("POST /api/echo HTTP/1.1\r\n\(host)Content-Length: 2, 2\r\n\r\nab", 400),
        ("POST /api/echo HTTP/1.1\r\n\(host)Content-Length: -2\r\n\r\nab", 400),
        ("POST /api/echo HTTP/1.1\r\n\(host)Content-Length: +2\r\n\r\nab", 400),
        ("POST /api/echo HTTP/1.1\r\n\(host)Content-Length: 0x2\r\n\r\nab", 400),
        ("POST /api/echo HTTP/1.1\r\n\(host)Content-Length:\r\n\r\n", 400),
        (
            "POST /api/echo HTTP/1.1\r\n\(host)Content-Length: 2\r\nTransfer-Encoding: chunked"
                + "\r\n\r\n0\r\n\r\n", 400
        ),
        (
            "POST /api/echo HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n"
                + "Transfer-Encoding: identity\r\n\r\n", 400
        ),
        ("POST /api/echo HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        ("POST /api/echo HTTP/1.1\r\n\(host)Transfer-Encoding: gzip\r\n\r\n", 501),
        ("POST /api/echo HTTP/1.1\r\n\(host)Content-Length: 16385\r\n\r\n", 413),
        ("POST /api/echo HTTP/1.1\r\n\(host)Content-Length: 99999999999999999999\r\n\r\n", 413),
        ("POST /api/echo HTTP/1.1\r\n\(host)Content-Length: 1048576\r\n\r\n\(megabyte)", 413),
        ("POST /api/echo HTTP/1.1\r\n\(host)Expect: tea\r\nContent-Length: 1\r\n\r\n", 417),
        ("GET /stats HTTP/1.1\r\n\(host)X-A: \(megabyte)\r\n\r\n", 431),
        (
            "GET /stats HTTP/1.1\r\n\(host)\(String(repeating: "A: b\r\n", count: 100))\r\n",
            431
        ),
        ("GET /\(megabyte) HTTP/1.1\r\n\(host)\r\n", 414),
        ("GET /stats HTTP/2.0\r\n\(host)\r\n", 505),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        ("CONNECT evil:80 HTTP/1.1\r\n\(host)\r\n", 400),
        ("TRACE /stats HTTP/1.1\r\n\(host)Connection: close\r\n\r\n", 405),
    ]

    @Test func `malformed and oversized requests get their status and a closed connection`() throws
    {
        let server = try RunningServer(routes: Self.routes)
        for (input, status) in Self.inputs {
            let client = try TCPClient(port: server.port)
            // A large input may be refused before it is all sent.
            try? client.send(input)
            let answer = Answer(client.readToEnd())
            #expect(answer.status == status, "\(input.prefix(120))")
            #expect(answer.headers["connection"] == "close", "\(input.prefix(120))")
            #expect(answer.text.components(between: "\r\n\r\n").count == 1)
        }
        #expect(try server.get("/stats").status == 200)
        #expect(server.server.statistics.hostileInputs == Self.inputs.count - 1)
    }

    @Test func `an upgrade to HTTP 2 is not taken`() throws {
        let server = try RunningServer(routes: Self.routes)
        let answer = try server.get(
            "/stats",
            headers: "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
        )
        #expect(answer.status == 200)
    }

    @Test(arguments: [
        "GET /stats HT", "POST /api/echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\na",
    ])
    func `a request that does not go on gets 408`(beginning: String) throws {
        let server = try RunningServer(routes: Self.routes) {
            $0.headerMilliseconds = 300
            $0.bodyMilliseconds = 300
        }
        #expect(try server.exchange(beginning).status == 408)
    }

    @Test func `a request that comes a byte at a time gets 408 all the same`() async throws {
        let server = try RunningServer(routes: Self.routes) { $0.headerMilliseconds = 300 }
        let client = try TCPClient(port: server.port)
        try client.send("GET /stats HTTP/1.1\r\nHost: h\r\nX-Slow: ")
        try await eventually {
            try? client.send("x")
            return server.server.statistics.responses4xx == 1
        }
        #expect(Answer(client.readToEnd()).status == 408)
    }

    @Test func `a connection on which nothing comes is closed without an answer`() throws {
        let server = try RunningServer(routes: Self.routes) {
            $0.headerMilliseconds = 1_000
            $0.idleMilliseconds = 500
        }
        #expect(try TCPClient(port: server.port).readToEnd()?.isEmpty == true)
        let client = try TCPClient(port: server.port)
        try client.send("GET /stats HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(client.read(through: "\r\n\r\n{}") != nil)
        #expect(client.readToEnd()?.isEmpty == true)
    }

    @Test func `a client that does not read its answer is dropped`() async throws {
        let body = [UInt8](repeating: 0x61, count: 5_000_000)
        let large = HTTPRoute(.get, "/large", .immediate { _ in HTTPResponse(body: body) })
        let server = try RunningServer(routes: [large]) { $0.writeMilliseconds = 300 }
        let client = try TCPClient(port: server.port, receiveBufferBytes: 4_096)
        try client.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try await eventually { server.server.statistics.connectionsTotal == 1 })
        #expect(try await eventually { server.server.statistics.connectionsOpen == 0 })
    }

    @Test func `more connections than allowed are turned away, others go on`() throws {
        let server = try RunningServer(routes: Self.routes) { $0.connectionsPerAddressMax = 3 }
        let held = try (0..<3).map { _ in try TCPClient(port: server.port) }
        for client in held {
            try client.send("GET /stats HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(client.read(through: "\r\n\r\n{}") != nil)
        }
        let refused = try TCPClient(port: server.port)
        let answer = Answer(refused.readToEnd())
        #expect(answer.status == 503)
        #expect(answer.headers["retry-after"] == "5")
        for client in held {
            try client.send("GET /stats HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(client.read(through: "\r\n\r\n{}") != nil)
        }
        #expect(server.server.statistics.connectionsRefused == 1)
        #expect(server.told.count == 1)
    }

    @Test func `requests piled up behind an unanswered one end the connection`() async throws {
        let kept = ResponderBox()
        let server = try RunningServer(routes: [
            HTTPRoute(.get, "/later", .deferred { _, responder in kept.put(responder) })
        ])
        let client = try TCPClient(port: server.port)
        for _ in 0..<4_000 { try? client.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n") }
        #expect(client.readToEnd() != nil)
        #expect(try await eventually { server.server.statistics.connectionsOpen == 0 })
    }

    @Test func `random bytes never break it`() throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        print("seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let server = try RunningServer(routes: Self.routes) { $0.headerMilliseconds = 100 }
        let valid = Array("POST /api/echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc".utf8)
        for _ in 0..<300 {
            var bytes = valid
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[index] = UInt8.random(in: 0...255, using: &generator)
            }
            let client = try TCPClient(port: server.port)
            try? client.send(bytes)
            client.closeSending()
            #expect(client.readToEnd() != nil)
        }
        #expect(try server.get("/stats").status == 200)
    }
}
