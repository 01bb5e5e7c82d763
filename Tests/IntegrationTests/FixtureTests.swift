import Glibc
import TestSupport
import Testing

@Suite struct FixtureTests {
    @Test func `servers start, stop and start again`() async throws {
        let nats = try await NATSServer.start()
        try await nats.process.stop(SIGKILL)
        try await nats.start()
        let redis = try await RedisServer.start()
        let postgres = try await PostgresServer.start()
        let url = try postgres.makeDatabase()
        #expect(try postgres.psql("select 1") == "1")
        #expect(url.contains("test_"))
        try await postgres.process.stop(SIGINT)
        try await postgres.start()
        try await redis.process.stop()
        #expect(!redis.process.isRunning)
    }
}
