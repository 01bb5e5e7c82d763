import EngineHarness
import JetStream
import TestSupport
import Testing

extension Faults {
    /// Servers that go away while a backend starts.
    @Suite struct StartFaultTests {
        private static let waitsForPostgres = "waiting for Postgres"

        @Test func `Postgres that goes away between two steps of a start is waited for`()
            async throws
        {
            let engine = try await Engine.start()
            let nats = try TCPProxy(to: try FaultyServer.nats.port(of: engine))
            let postgres = try TCPProxy(to: try FaultyServer.postgres.port(of: engine))
            nats.condition = .silent
            let environment = FaultyServer.nats.environment(of: engine, through: nats)
                .merging(FaultyServer.postgres.environment(of: engine, through: postgres)) { $1 }
            let backend = try engine.begin(.backend, environment: environment)
            // The database was looked at, or it would not ask for NATS.
            let isAsking = try await eventually { nats.connectionCount > 0 }
            try #require(isAsking, "\(backend.log)")
            #expect(!backend.log.contains(Self.waitsForPostgres))

            postgres.condition = .cut
            nats.condition = .open
            let isWaiting = try await eventually(within: .seconds(20)) {
                backend.log.contains(Self.waitsForPostgres) || !backend.isRunning
            }
            try #require(isWaiting && backend.isRunning, "\(backend.log)")
            postgres.condition = .open
            let isTaking = try await eventually(within: .seconds(20)) {
                backend.log.contains("taking bets")
            }
            #expect(isTaking, "\(backend.log)")
        }

        @Test func `a start that fails complains of its cause, not of its own connection's end`()
            async throws
        {
            let engine = try await Engine.start()
            try engine.manager.deleteConsumer(stream: "bets_stream", consumer: "bets_consumer")
            let backend = try await engine.run(.backend, [])
            #expect(backend.status == 1)
            #expect(backend.output.contains("run `betctl streams`"), "\(backend.output)")
            #expect(!backend.output.contains("NATS is away"), "\(backend.output)")
        }
    }
}
