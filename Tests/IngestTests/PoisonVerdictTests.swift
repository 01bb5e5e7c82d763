import BetStore
import Betting
import PostgresClient
import Statistics
import Telemetry
import TestSupport
import Testing
import Threading

@testable import Ingest

/// Only a message that ended two processes is parked, whoever else tries it meanwhile.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct PoisonVerdictTests {
    /// Longer than the tries of a start lie apart that waits for a lock.
    private static let silence = Duration.seconds(8)

    /// A pod that stores what it is sent.
    private final class Pod: Sendable {
        let intake = Intake(epoch: 9, limits: BatchLimits(), betLimits: BetLimits())
        let counters: PodCounters
        private let loop: StoreLoop

        init(_ name: String, _ configuration: PostgresConfiguration) {
            intake.startTaking()
            counters = PodCounters(PodStats(podID: name, bootID: "1", epoch: 9))
            loop = StoreLoop(
                configuration: configuration,
                boot: Boot(podID: name, bootID: "1"),
                intake: intake,
                counters: counters,
                metrics: IngestMetrics(Metrics()),
                logger: Logger(process: name, level: .error),
                surroundings: StoreLoop.Surroundings(
                    leave: {},
                    rejoin: {},
                    committed: { [intake] held, _ in intake.release(held) },
                    beat: {},
                    rest: {}
                ),
                silenceMin: PoisonVerdictTests.silence,
                original: { _ in nil }
            )
        }

        func run() -> Task<Void, any Error> {
            Task { [self] in try await BlockingThread.run("store") { try self.loop.run() } }
        }

        func end() {
            intake.finish()
            loop.giveUp()
        }
    }

    private func server() async throws -> PostgresServer {
        let server = try await PostgresServer.start()
        let connection = try PostgresConnection(PostgresConfiguration(url: server.url))
        defer { connection.close() }
        _ = try Migrator.migrate(connection)
        _ = try connection.run("INSERT INTO stream_epochs (epoch) VALUES (9)")
        return server
    }

    private func starts(_ server: PostgresServer) throws -> Int {
        let names = try server.psql("SELECT pod_id FROM poison_attempts")
        return names.split(separator: "\n").count
    }

    /// Found by `make chaos`: the pods waited for a locked table, each with the same message.
    @Test
    func `a message that living starts try alone for long is not parked`() async throws {
        let server = try await server()
        let configuration = PostgresConfiguration(url: server.url)
        let lock = try PostgresConnection(configuration)
        defer { lock.close() }
        _ = try lock.run("SET idle_in_transaction_session_timeout = 0")
        _ = try lock.run("BEGIN; LOCK TABLE bets IN EXCLUSIVE MODE")

        let pods = (1...3).map { Pod("pod-\($0)", configuration) }
        defer { for pod in pods { pod.end() } }
        for (number, pod) in pods.enumerated() {
            _ = pod.run()
            try await Deliveries(to: pod.intake).send([1], delivered: 5)
            let isEntered = try await eventually(within: .seconds(20)) {
                try starts(server) == min(number + 1, 2)
            }
            try #require(isEntered)
        }
        let end = ContinuousClock.now + Self.silence * 2
        let isParked = try await eventually(within: .seconds(30)) {
            let count = try server.psql("SELECT count(*) FROM rejected_bets")
            return count != "0" || ContinuousClock.now > end
        }
        try #require(isParked, "or time has passed")
        _ = try lock.run("COMMIT")
        let isDone = try await eventually(within: .seconds(20)) {
            pods.allSatisfy { $0.intake.heldCount == 0 }
        }
        #expect(isDone)
        #expect(try server.psql("SELECT stream_seq FROM bets") == "1")
        #expect(try server.psql("SELECT reason FROM rejected_bets") == "")
        #expect(try starts(server) == 0)
    }

    @Test
    func `one that two starts tried is parked once nothing is heard of them`() async throws {
        let server = try await server()
        let configuration = PostgresConfiguration(url: server.url)
        let connection = try PostgresConnection(configuration)
        defer { connection.close() }
        for name in ["a", "b"] {
            let boot = Boot(podID: name, bootID: "1")
            _ = try PoisonAttempts.begin(1, epoch: 9, boot: boot, on: connection)
        }
        let pod = Pod("c", configuration)
        defer { pod.end() }
        let begin = ContinuousClock.now
        _ = pod.run()
        try await Deliveries(to: pod.intake).send([1, 2], delivered: 5)
        let isOther = try await eventually {
            try server.psql("SELECT stream_seq FROM bets") == "2"
        }
        #expect(isOther, "it is in nobody's way")
        let isParked = try await eventually(within: .seconds(20)) {
            try server.psql("SELECT stream_seq, reason FROM rejected_bets") == "1|poison"
        }
        #expect(isParked)
        #expect(begin.duration(to: .now) >= Self.silence)
    }
}
