import BetStore
import Betting
import PostgresClient
import Statistics
import Synchronization
import Telemetry
import TestSupport
import Testing
import Threading

@testable import Ingest
import Threading

@Suite(.serialized, .timeLimit(.minutes(1)))
struct StoreLoopTests {
    private final class World: Sendable {
        let intake: Intake
        let loop: StoreLoop
        let counters = PodCounters(PodStats(podID: "p", bootID: "b", epoch: 9))

        init(_ configuration: PostgresConfiguration) {
            let intake = Intake(epoch: 9, limits: BatchLimits(), betLimits: BetLimits())
            self.intake = intake
            intake.startTaking()
            let box = CommittedBox()
            loop = StoreLoop(
                configuration: configuration,
                boot: Boot(podID: "p", bootID: "b"),
                intake: intake,
                counters: counters,
                metrics: IngestMetrics(Metrics()),
                logger: Logger(process: "store-loop-test", level: .error),
                surroundings: StoreLoop.Surroundings(
                    leave: {},
                    rejoin: {},
                    committed: { held, result in
                        box.add(result.storedCount)
                        intake.release(held)
                    },
                    beat: {},
                    rest: {}
                ),
                original: { _ in nil }
            )
            self.box = box
        }

        private let box: CommittedBox

        var storedCounts: [Int] { box.all }

        func run() -> Task<Void, any Error> {
            Task { [self] in try await BlockingThread.run("store") { try self.loop.run() } }
        }

        /// Ends a run that a failed expectation left behind.
        func end() {
            intake.finish()
            loop.giveUp()
        }
    }

    private final class CommittedBox: Sendable {
        private let counts = Mutex<[Int]>([])

        var all: [Int] { counts.withLock { $0 } }

        func add(_ count: Int) { counts.withLock { $0.append(count) } }
    }

    private func require(_ condition: () -> Bool) async throws {
        let holds = try await eventually { condition() }
        try #require(holds)
    }

    private func migrated(_ server: PostgresServer) throws {
        let connection = try PostgresConnection(PostgresConfiguration(url: server.url))
        defer { connection.close() }
        _ = try Migrator.migrate(connection)
        _ = try connection.run("INSERT INTO stream_epochs (epoch) VALUES (9)")
    }

    @Test
    func `a server that takes no writes any more is left for one that does`() async throws {
        let first = try await PostgresServer.start()
        let second = try await PostgresServer.start()
        try migrated(first)
        try migrated(second)
        let world = World(
            PostgresConfiguration(
                url:
                    "postgresql://postgres@127.0.0.1:\(first.port),127.0.0.1:\(second.port)/postgres"
            )
        )
        let deliveries = try Deliveries(to: world.intake)
        defer { world.end() }
        let run = world.run()
        try await deliveries.send([1])
        try await require { world.storedCounts == [1] }
        try first.psql("ALTER SYSTEM SET default_transaction_read_only = on")
        try first.psql("SELECT pg_reload_conf()")
        try await deliveries.send([2])
        try await require { world.storedCounts == [1, 1] }
        #expect(world.counters.current.stats.databaseFailures > 0)
        world.intake.finish()
        try await run.value
        #expect(try first.psql("SELECT string_agg(stream_seq::text, ',') FROM bets") == "1")
        #expect(try second.psql("SELECT string_agg(stream_seq::text, ',') FROM bets") == "2")
    }

    @Test
    func `giving up ends the tries at a server that is away, and releases the batch`() async throws
    {
        let world = World(
            PostgresConfiguration(url: "postgresql://postgres@127.0.0.1:\(try freePort())/x")
        )
        let deliveries = try Deliveries(to: world.intake)
        defer { world.end() }
        let run = world.run()
        try await deliveries.send(1...3)
        try await require { world.counters.current.stats.databaseFailures > 1 }
        world.intake.finish()
        world.loop.giveUp()
        try await run.value
        #expect(world.intake.heldCount == 0)
        #expect(world.storedCounts == [])
    }

    @Test
    func `a database that does not know the stream is not written to`() async throws {
        let server = try await PostgresServer.start()
        let world = World(PostgresConfiguration(url: server.url))
        defer { world.end() }
        let deliveries = try Deliveries(to: world.intake)
        let run = world.run()
        try await deliveries.send([1])
        try await require { world.counters.current.stats.databaseFailures > 1 }
        #expect(world.intake.heldCount == 1)
        try migrated(server)
        try await require { world.storedCounts == [1] }
        world.intake.finish()
        try await run.value
    }

    @Test
    func `a database that lacks a table stops the loop with the reason`() async throws {
        let server = try await PostgresServer.start()
        try migrated(server)
        try server.psql("DROP TABLE game_totals")
        let world = World(PostgresConfiguration(url: server.url))
        let deliveries = try Deliveries(to: world.intake)
        defer { world.end() }
        let run = world.run()
        try await deliveries.send(1...3)
        let error = await #expect(throws: IngestError.self) { try await run.value }
        #expect(error.map { "\($0)" }?.contains("42P01") == true)
    }
}
