import Glibc
import RedisClient
import TestSupport
import Testing

@Suite(.serialized) struct RedisClientTests {
    @Test func `a hung Redis costs one timeout and not one a call`() async throws {
        let server = try await RedisServer.start()
        let client = RedisClient(
            try RedisConfiguration(address: server.url, commandTimeoutMilliseconds: 300),
            openMilliseconds: 300
        )
        try client.ping()
        try await server.process.freeze()
        #expect(throws: RedisError.timeout) { try client.ping() }
        #expect(!client.isAvailable)
        let began = ContinuousClock.now
        for _ in 0..<1000 where !client.isAvailable {
            #expect(throws: RedisError.unavailable) { try client.ping() }
            if ContinuousClock.now - began > .milliseconds(150) { break }
        }
        #expect(ContinuousClock.now - began < .milliseconds(300))
        server.process.kill(SIGCONT)
        #expect(try await eventually { (try? client.ping()) != nil })
        #expect(client.isAvailable)
    }

    @Test func `connects again after a restart`() async throws {
        let server = try await RedisServer.start()
        let client = RedisClient(
            try RedisConfiguration(address: server.url),
            openMilliseconds: 50
        )
        try client.ping()
        try await server.process.stop(SIGKILL)
        #expect(throws: RedisError.connectionLost) { try client.ping() }
        let refused = #expect(throws: RedisError.self) { try client.ping() }
        #expect(refused?.isOutage == true)
        #expect(throws: RedisError.unavailable) { try client.ping() }
        try await server.start()
        #expect(try await eventually { (try? client.ping()) != nil })
    }

    @Test func `a server's error does not open the breaker`() async throws {
        let server = try await RedisServer.start()
        let client = RedisClient(try RedisConfiguration(address: server.url))
        #expect(throws: RedisError.self) {
            try client.withConnection { redis throws(RedisError) in
                try redis.command(["NONSENSE"])
            }
        }
        #expect(client.isAvailable)
        try client.ping()
    }
}

extension RedisClient {
    fileprivate func ping() throws(RedisError) {
        _ = try withConnection { redis throws(RedisError) in try redis.command(["PING"]) }
    }
}
