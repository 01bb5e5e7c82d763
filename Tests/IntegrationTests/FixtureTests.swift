import Foundation
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

    @Test func `a cluster that is let go leaves neither processes nor shared memory`()
        async throws
    {
        var postgres: PostgresServer? = try await PostgresServer.start()
        let server = try #require(postgres?.process.pid)
        let children = try String(
            contentsOfFile: "/proc/\(server)/task/\(server)/children",
            encoding: .utf8
        )
        .split(separator: " ")
        // Foundation takes a short read of such a file for its end.
        let maps = try run(["cat", "/proc/\(server)/maps"])
        let shared = Set(
            maps.matches(of: /\/dev\/shm\/PostgreSQL\.[0-9]+/).map { String($0.output) }
        )
        #expect(children.count >= 3 && !shared.isEmpty)
        postgres = nil
        let paths = Array(shared) + ["/proc/\(server)"] + children.map { "/proc/\($0)" }
        let isGone = try await eventually(within: .seconds(20)) {
            paths.allSatisfy { !FileManager.default.fileExists(atPath: $0) }
        }
        #expect(isGone)
    }
}
