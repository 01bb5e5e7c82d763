import TestSupport
import Testing

/// The proxy is as bad as it says, and no worse.
@Suite(.serialized) struct TCPProxyTests {
    private static let soon = Duration.milliseconds(300)
    private static let question = "PING\r\n"
    private static let answer = "+PONG\r\n"

    @Test func `an open one passes everything on, both ways`() async throws {
        let redis = try await RedisServer.start()
        let proxy = try TCPProxy(to: redis.port)
        let client = try TCPClient(port: proxy.port)
        try client.send(String(repeating: Self.question, count: 1_000))
        let answers = client.read(Self.answer.utf8.count * 1_000)
        #expect(answers == Array(String(repeating: Self.answer, count: 1_000).utf8))
        #expect(proxy.connectionCount == 1)
        try client.send("QUIT\r\n")
        #expect(client.readToEnd() == Array("+OK\r\n".utf8))
    }

    @Test func `what is silent is late, not lost`() async throws {
        let redis = try await RedisServer.start()
        let proxy = try TCPProxy(to: redis.port)
        let client = try TCPClient(port: proxy.port)
        proxy.condition = .silent
        try client.send(Self.question)
        #expect(client.read(1, within: Self.soon) == nil)
        #expect(!client.isAtEnd)
        proxy.condition = .open
        #expect(client.read(through: "\n") == Self.answer)
    }

    @Test func `after it was mute a connection is reset, and only then`() async throws {
        let redis = try await RedisServer.start()
        let proxy = try TCPProxy(to: redis.port)
        let client = try TCPClient(port: proxy.port)
        proxy.condition = .mute
        try client.send("SET heard 1\r\n")
        #expect(client.read(1, within: Self.soon) == nil)
        #expect(!client.isAtEnd)
        let other = try TCPClient(port: redis.port)
        try other.send("GET heard\r\n")
        #expect(other.read(through: "1\r\n") == "$1\r\n")
        proxy.condition = .open
        #expect(client.readToEnd() == [])
    }

    @Test func `what is slow takes its time each way`() async throws {
        let redis = try await RedisServer.start()
        let proxy = try TCPProxy(to: redis.port)
        let client = try TCPClient(port: proxy.port)
        proxy.condition = .delayed(milliseconds: 200)
        // A turn may have begun before.
        let begin = ContinuousClock.now
        try client.send(Self.question)
        #expect(client.read(through: "\n") == Self.answer)
        #expect(begin.duration(to: .now) >= .milliseconds(200))
    }

    @Test func `what is cut ends at once, and new connections with it`() async throws {
        let redis = try await RedisServer.start()
        let proxy = try TCPProxy(to: redis.port)
        let client = try TCPClient(port: proxy.port)
        try client.send(Self.question)
        #expect(client.read(through: "\n") == Self.answer)
        proxy.condition = .cut
        #expect(client.readToEnd() == [])
        #expect(try TCPClient(port: proxy.port).readToEnd() == [])
        proxy.condition = .open
        // A connection that comes before the proxy's next turn is cut, too.
        let isOpen = try await eventually {
            guard let next = try? TCPClient(port: proxy.port),
                (try? next.send(Self.question)) != nil
            else { return false }
            return next.read(through: "\n") == Self.answer
        }
        #expect(isOpen)
    }
}
