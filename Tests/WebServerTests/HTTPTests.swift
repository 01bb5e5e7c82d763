import Foundation
import Synchronization
import TestSupport
import Testing
import Threading
import WebServer

@Suite(.serialized)
struct HTTPTests {
    private static let routes = [
        HTTPRoute(.get, "/stats", .immediate { _ in .json("{}") }, allowsCrossOrigin: true),
        HTTPRoute(
            .get,
            "/page",
            .immediate { _ in
                HTTPResponse(contentType: "text/html; charset=utf-8", body: Array("<p>".utf8))
            }
        ),
        HTTPRoute(
            .get,
            "/api/games/:id",
            .immediate { request in
                .text(request.parameters["id"] ?? "")
            }
        ),
        HTTPRoute(.get, "/api/games/top", .immediate { _ in .text("the top") }),
        HTTPRoute(
            .post,
            "/api/echo",
            .immediate { request in
                let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
                let body = String(decoding: request.body, as: UTF8.self)
                return .text("\(query)|\(body)|\(request.header("X-Thing") ?? "")")
            }
        ),
        HTTPRoute(
            .get,
            "/split",
            .immediate { _ in
                HTTPResponse(headers: [(name: "X-A", value: "1\r\nX-B: 2")])
            }
        ),
    ]

    @Test func `a handler gets path, query, headers and body decoded`() throws {
        let server = try RunningServer(routes: Self.routes)
        let answer = try server.exchange(
            "POST /api/echo?x=1&y=%C3%A9+z&flag HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                + "x-thing:  a b \r\nContent-Length: 4\r\n\r\nbody"
        )
        #expect(answer.status == 200)
        #expect(answer.body == "x=1&y=é z&flag=|body|a b")
    }

    @Test(arguments: [
        ("/api/games/7", 200, "7"), ("/api/games/a%2Fb", 200, "a/b"),
        ("/api/games/top", 200, "the top"), ("/api/games/", 404, nil), ("/api/games", 404, nil),
        ("/api/games/7/x", 404, nil), ("/", 404, nil), ("/../stats", 404, nil),
        ("http://elsewhere/stats?x", 200, "{}"),
    ])
    func `a path finds its route`(path: String, status: Int, body: String?) throws {
        let answer = try RunningServer(routes: Self.routes).get(path)
        #expect(answer.status == status)
        if let body { #expect(answer.body == body) }
    }

    @Test func `every answer forbids caching and guessing; a page has a strict policy`() throws {
        let server = try RunningServer(routes: Self.routes)
        for path in ["/stats", "/page", "/nothing"] {
            let answer = try server.get(path)
            #expect(answer.headers["cache-control"] == "no-store")
            #expect(answer.headers["x-content-type-options"] == "nosniff")
            #expect(answer.headers["referrer-policy"] == "no-referrer")
            #expect((answer.headers["content-security-policy"] != nil) == (path == "/page"))
        }
        #expect(
            try server.get("/nothing").body
                == #"{"error":{"code":"not_found","message":"there is nothing here"}}"#
        )
    }

    @Test func `a header value cannot begin another line`() throws {
        let answer = try RunningServer(routes: Self.routes).get("/split")
        #expect(answer.headers["x-a"] == "1  X-B: 2")
        #expect(answer.headers["x-b"] == nil)
    }

    @Test func `HEAD answers like GET without the body`() throws {
        let answer = try RunningServer(routes: Self.routes).exchange(
            "HEAD /api/games/77 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
        )
        #expect(answer.status == 200)
        #expect(answer.headers["content-length"] == "2")
        #expect(answer.body.isEmpty)
    }

    @Test func `another method is told what is allowed`() throws {
        let server = try RunningServer(routes: Self.routes, hubs: [WebSocketHub(path: "/ws")])
        for (method, path, allowed) in [
            ("DELETE", "/stats", "GET, HEAD, OPTIONS"), ("GET", "/api/echo", "POST, OPTIONS"),
            ("BREW", "/stats", "GET, HEAD, OPTIONS"), ("POST", "/ws", "GET, HEAD, OPTIONS"),
            ("OPTIONS", "/ws", "GET, HEAD, OPTIONS"),
        ] {
            let answer = try server.exchange(
                "\(method) \(path) HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
            )
            #expect(answer.status == (method == "OPTIONS" ? 204 : 405))
            #expect(answer.headers["allow"] == allowed)
        }
    }

    @Test func `requests share a connection, one behind the other, and in order`() throws {
        let server = try RunningServer(routes: Self.routes)
        let client = try TCPClient(port: server.port)
        let one = "GET /api/games/1 HTTP/1.1\r\nHost: h\r\n\r\n"
        let last = "GET /api/games/3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
        try client.send(one)
        #expect(client.read(through: "\r\n\r\n1") != nil)
        try client.send(one + one + last)
        let text = String(decoding: client.readToEnd() ?? [], as: UTF8.self)
        let bodies = text.components(between: "\r\n\r\n")
        #expect(bodies == ["1", "1", "3"])
    }

    @Test func `a large answer is whole before the next one begins`() throws {
        let large = String(repeating: "x", count: 50_000)
        let server = try RunningServer(routes: [
            HTTPRoute(.get, "/large", .immediate { _ in .text(large) }),
            HTTPRoute(.get, "/small", .immediate { _ in .text("small") }),
        ])
        let client = try TCPClient(port: server.port)
        let next = "GET /small HTTP/1.1\r\nHost: h\r\n\r\n"
        try client.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n" + next + "nonsense\r\n\r\n")
        let text = String(decoding: client.readToEnd() ?? [], as: UTF8.self)
        let parts = text.components(separatedBy: "\r\n\r\n")
        try #require(parts.count == 4, "\(parts.count) parts, \(text.utf8.count) bytes")
        #expect(parts[0].contains("Content-Length: 50000"))
        #expect(parts[1].hasPrefix(large + "HTTP/1.1 200"))
        #expect(parts[2].hasPrefix("smallHTTP/1.1 400"))
    }

    @Test func `who is connected when it stops accepting gets one more answer`() async throws {
        let server = try RunningServer(routes: Self.routes)
        let client = try TCPClient(port: server.port)
        let request = "GET /api/games/1 HTTP/1.1\r\nHost: h\r\n\r\n"
        try client.send(request)
        #expect(client.read(through: "\r\n\r\n1") != nil)
        server.server.stopAccepting()
        let isClosed = try await eventually { (try? TCPClient(port: server.port)) == nil }
        #expect(isClosed)
        try client.send(request)
        let answer = Answer(client.readToEnd())
        #expect(answer.status == 200)
        #expect(answer.headers["connection"] == "close")
    }

    @Test func `a request may come byte by byte, behind an empty line`() throws {
        let server = try RunningServer(routes: Self.routes)
        let client = try TCPClient(port: server.port)
        let request =
            "\r\nPOST /api/echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab"
        for byte in request.utf8 { try client.send([byte]) }
        #expect(Answer(client.readToEnd()).body == "|ab|")
    }

    @Test func `HTTP 1.0 closes unless asked to stay`() throws {
        let server = try RunningServer(routes: Self.routes)
        let closing = try server.exchange("GET /stats HTTP/1.0\r\n\r\n")
        #expect(closing.status == 200)
        #expect(closing.headers["connection"] == "close")
        let client = try TCPClient(port: server.port)
        try client.send("GET /stats HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(client.read(through: "Connection: keep-alive\r\n\r\n{}") != nil)
        try client.send("GET /stats HTTP/1.0\r\n\r\n")
        #expect(Answer(client.readToEnd()).status == 200)
    }

    @Test func `a body that waits for permission gets it`() throws {
        let server = try RunningServer(routes: Self.routes)
        let client = try TCPClient(port: server.port)
        try client.send(
            "POST /api/echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\n"
                + "Content-Length: 3\r\n\r\n"
        )
        #expect(client.read(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
        try client.send("abc")
        #expect(Answer(client.readToEnd()).body == "|abc|")
    }

    @Test func `an answer of many megabytes arrives whole`() throws {
        let body = [UInt8](repeating: 0x61, count: 20_000_000)
        let large = HTTPRoute(.get, "/large", .immediate { _ in HTTPResponse(body: body) })
        let server = try RunningServer(routes: [large])
        #expect(try server.get("/large").body.utf8.count == body.count)
    }

    @Test func `pages of allowed origins may read, others may not`() throws {
        let server = try RunningServer(
            routes: Self.routes,
            origins: AllowedOrigins(["https://board.example"])
        )
        let allowed = try server.get("/stats", headers: "Origin: https://board.example\r\n")
        #expect(allowed.headers["access-control-allow-origin"] == "https://board.example")
        #expect(allowed.headers["vary"] == "Origin")
        let foreign = try server.get("/stats", headers: "Origin: https://evil.example\r\n")
        #expect(foreign.headers["access-control-allow-origin"] == nil)
        #expect(foreign.headers["vary"] == "Origin")
        let closed = try server.get("/page", headers: "Origin: https://board.example\r\n")
        #expect(closed.headers["access-control-allow-origin"] == nil)
    }

    @Test(arguments: [
        ("/stats", "https://board.example", 204), ("/stats", "https://evil.example", 403),
        ("/page", "https://board.example", 403),
    ])
    func `a preflight is answered for open routes`(
        path: String,
        origin: String,
        status: Int
    ) throws {
        let server = try RunningServer(
            routes: Self.routes,
            origins: AllowedOrigins(["https://board.example"])
        )
        let answer = try server.exchange(
            "OPTIONS \(path) HTTP/1.1\r\nHost: h\r\nConnection: close\r\nOrigin: \(origin)\r\n"
                + "Access-Control-Request-Method: GET\r\n\r\n"
        )
        #expect(answer.status == status)
        let methods = answer.headers["access-control-allow-methods"]
        #expect(methods == (status == 204 ? "GET, HEAD, OPTIONS" : nil))
    }
}

extension String {
    /// What follows each occurrence of `mark`, up to the next status line.
    func components(between mark: String) -> [String] {
        split(separator: "HTTP/1.1 ").compactMap { part in
            part.split(separator: mark).dropFirst().first.map(String.init)
        }
    }
}
