import Glibc
import RedisClient
import TestSupport
import Testing

@Suite(.serialized) struct RedisConnectionTests {
    private func connect(
        _ server: RedisServer,
        timeoutMilliseconds: Int = 5000
    ) throws -> RedisConnection {
        try RedisConnection(
            RedisConfiguration(
                address: server.url,
                commandTimeoutMilliseconds: timeoutMilliseconds
            )
        )
    }

    @Test func `returns every kind of reply`() async throws {
        let server = try await RedisServer.start()
        let redis = try connect(server)
        #expect(try redis.command(["PING"]) == .status("PONG"))
        #expect(try redis.command(["GET", "none"]) == .null)
        #expect(try redis.command(["INCRBY", "n", .integer(.max)]) == .integer(.max))
        #expect(try redis.command(["INCRBY", "m", .integer(.min)]) == .integer(.min))
        let binary: [UInt8] = [0, 13, 10, 255, 0]
        #expect(try redis.command(["SET", "b", .bytes(binary)]) == .status("OK"))
        #expect(try redis.command(["GET", "b"]) == .string(binary))
        #expect(try redis.command(["SET", "s", RedisArgument(binary[1...3])]) == .status("OK"))
        #expect(try redis.command(["GET", "s"]) == .string([13, 10, 255]))
        #expect(try redis.command(["SET", "", ""]) == .status("OK"))
        #expect(try redis.command(["GET", ""]) == .string([]))
        #expect(
            try redis.command(["MGET", "b", "none"]) == .array([.string(binary), .null])
        )
        #expect(
            try redis.command(["EVAL", "return {1,{'x',{}},redis.error_reply('E no')}", 0])
                == .array([
                    .integer(1), .array([.string([120]), .array([])]), .error("E no"),
                ])
        )
    }

    @Test func `carries megabytes in both directions`() async throws {
        let server = try await RedisServer.start()
        let redis = try connect(server)
        let large = [UInt8](repeating: 7, count: 20_000_000)
        #expect(try redis.command(["SET", "large", .bytes(large)]) == .status("OK"))
        #expect(try redis.command(["GET", "large"]) == .string(large))
    }

    @Test func `a pipeline answers in order and keeps its errors in place`() async throws {
        let server = try await RedisServer.start()
        let redis = try connect(server)
        let replies = try redis.pipeline(
            [["SET", "text", "x"], ["INCR", "text"], ["INCR", "count"]]
                + (0..<20_000).map { ["ECHO", RedisArgument($0)] }
        )
        #expect(replies.count == 20_003)
        #expect(replies[0] == .status("OK"))
        #expect(replies[1].serverError?.isConnectionLost == false)
        #expect(replies[2] == .integer(1))
        #expect(replies.dropFirst(3).map(\.int64) == (0..<20_000).map(Int64.init))
        #expect(try redis.pipeline([]) == [])
    }

    @Test func `a server's error is thrown with its code and leaves the connection usable`()
        async throws
    {
        let server = try await RedisServer.start()
        let redis = try connect(server)
        _ = try redis.command(["SET", "k", "secret"])
        let error = try #require(throws: RedisError.self) {
            try redis.command(["LPUSH", "k", "v"])
        }
        guard case .server(let code, let text) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(code == "WRONGTYPE")
        #expect(!text.isEmpty && !error.description.contains(text))
        #expect(try redis.command(["GET", "k"]).text == "secret")
    }

    @Test func `runs a script again after the cache was flushed and after a restart`() async throws
    {
        let server = try await RedisServer.start()
        let script = RedisScript(
            Array("return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}".utf8)
        )
        let redis = try connect(server)
        func run(_ redis: RedisConnection) throws -> Int64? {
            try redis.evaluate(script, keys: ["k"], arguments: ["a"]).elements?.last?.int64
        }
        #expect(try run(redis) == 1)
        #expect(try run(redis) == 2)
        _ = try redis.command(["SCRIPT", "FLUSH"])
        #expect(try run(redis) == 3)
        #expect(try run(redis) == 4)
        try await server.process.stop()
        try await server.start()
        #expect(throws: RedisError.connectionLost) { try run(redis) }
        #expect(throws: RedisError.connectionLost) { try redis.command(["PING"]) }
        #expect(!redis.isUsable)
        #expect(try run(connect(server)) == 5)
    }

    @Test func `after a timeout the late reply is never taken for another command's`() async throws
    {
        let server = try await RedisServer.start()
        let redis = try connect(server, timeoutMilliseconds: 200)
        _ = try redis.command(["SET", "k", "right"])
        try await server.process.freeze()
        let began = ContinuousClock.now
        #expect(throws: RedisError.timeout) { try redis.command(["ECHO", "late"]) }
        #expect(ContinuousClock.now - began < .seconds(2))
        server.process.kill(SIGCONT)
        #expect(throws: RedisError.connectionLost) { try redis.command(["GET", "k"]) }
        #expect(try connect(server).command(["GET", "k"]).text == "right")
    }

    @Test func `asks for the password and selects the database`() async throws {
        let server = try await RedisServer.start(arguments: ["--requirepass", "p@ss"])
        let place = "127.0.0.1:\(server.port)"
        let redis = try RedisConnection(RedisConfiguration(address: "redis://:p%40ss@\(place)/3"))
        _ = try redis.command(["SET", "k", "three"])
        #expect(try redis.command(["INFO", "keyspace"]).text?.contains("db3:keys=1") == true)
        let wrong = try #require(throws: RedisError.self) {
            try RedisConnection(RedisConfiguration(address: "redis://:no@\(place)"))
        }
        #expect(wrong.description == "Redis answered with the error WRONGPASS")
        let without = try RedisConnection(RedisConfiguration(address: place))
        let missing = try #require(throws: RedisError.self) { try without.command(["GET", "k"]) }
        #expect(missing.description == "Redis answered with the error NOAUTH")
    }

    @Test func `a refused connection is an error with the system's words`() throws {
        let port = try freePort()
        let configuration = try RedisConfiguration(address: "127.0.0.1:\(port)")
        #expect(throws: RedisError.cannotConnect("Connection refused")) {
            try RedisConnection(configuration)
        }
    }
}
