import Synchronization
import TestSupport
import Testing
import Threading
import WebServer

@Suite(.serialized)
struct HTTPTests {
    @Test func `a route answers with its path's parts, query and body`() throws {
        let echo = HTTPRoute(
            .post,
            "/api/games/:id",
            .immediate { request in
                let body = String(decoding: request.body, as: UTF8.self)
                let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
                return .text("\(request.parameters["id"] ?? "?")|\(query)|\(body)")
            }
        )
        let server = try RunningServer(routes: [echo])
        let answer = try server.exchange(
            "POST /api/games/a%20b?x=1&y=%C3%A9+z HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                + "Content-Length: 4\r\n\r\nbody"
        )
        #expect(answer.status == 200)
        #expect(answer.body == "a b|x=1&y=é z|body")
        #expect(answer.headers["cache-control"] == "no-store")
        #expect(answer.headers["x-content-type-options"] == "nosniff")
        #expect(answer.headers["content-length"] == "19")
    }

    @Test func `a socket gets the latest frame at once and every newer one`() throws {
        let hub = WebSocketHub(path: "/ws")
        let server = try RunningServer(hubs: [hub])
        hub.broadcast(Array("one".utf8))
        let client = try WebSocketClient.connect(port: server.port)
        #expect(client.readText() == "one")
        hub.broadcast(Array("two".utf8))
        #expect(client.readText() == "two")
        #expect(hub.clientCount == 1)
        #expect(try client.close() == 1000)
    }
}
