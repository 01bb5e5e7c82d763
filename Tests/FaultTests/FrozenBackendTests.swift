import EngineHarness
import Foundation
import JetStream
import PostgresClient
import TestSupport
import Testing

extension Faults {
    /// A backend that stands still in the middle of its work, and goes on as if nothing had been.
    @Suite struct FrozenBackendTests {
        private static let rate = 1_000
        private static let frozenFor = Duration.seconds(15)

        @Test func `others work on beside a frozen backend, and it doubles nothing later`()
            async throws
        {
            let run = try await FaultRun(backends: 3, rate: Self.rate)
            let thaw = ContinuousClock.now + Self.frozenFor
            let victim = try await freezeInTransaction(run)
            // Its rows are locked until Postgres hangs up on the idle transaction. What the server
            // hands to it meanwhile comes to another after one ack wait or more.
            try await run.outcomes(more: 4_000)
            try await ContinuousClock().sleep(until: thaw)
            let stored = try run.engine.storedByPod()[victim.name]
            #expect(victim.process.isRunning)
            victim.process.kill(SIGCONT)

            let isTriedAgain = try await eventually(within: .seconds(20)) {
                victim.process.log.contains("is tried again")
            }
            #expect(isTriedAgain, "\(victim.process.log)")
            let isBack = try await eventually(within: .seconds(20)) {
                try run.engine.storedByPod()[victim.name, default: 0] > stored ?? 0
            }
            #expect(isBack, "\(victim.process.log)")
            try await run.stopLoad()
            #expect(try run.engine.redeliveries() > 0)
            try await run.expectCleanAudit()
            run.expectNoRestart()
        }

        private struct Victim {
            let name: String
            let process: ServerProcess
        }

        /// Freezes the backend that has sent a batch to Postgres and waits for the answer: one of its
        /// rows has to wait for a row of the test's own with the same id, which is then withdrawn.
        private func freezeInTransaction(_ run: FaultRun) async throws -> Victim {
            let id = UUID().uuidString.lowercased()
            let session = try run.engine.database()
            _ = try session.run(
                """
                BEGIN; INSERT INTO bets (stream_epoch, stream_seq, placed_at, id, amount, game_id,
                bet_type, selection, pod_id)
                VALUES (1, 1, now(), '\(id)', 1, 'game_1', 'total', '-', 'test')
                """
            )
            defer { _ = try? session.run("ROLLBACK") }
            _ = try run.engine.connection.publishAcknowledged(
                "bets",
                body: Array(
                    """
                    {"id": "\(id)", "game_id": "game_1", "bet_type": "total", "amount": 1,
                    "timestamp": "2025-06-01T12:00:00Z"}
                    """.utf8
                ),
                messageID: id,
                timeoutMilliseconds: 5_000
            )
            var waiting: [[String]] = []
            try await eventually {
                waiting = try run.engine.rows(
                    """
                    SELECT pg_stat_clear_snapshot();
                    SELECT right(application_name, 1) FROM pg_stat_activity
                    WHERE application_name LIKE 'backend backend-_'
                    AND pg_backend_pid() = ANY (pg_blocking_pids(pid))
                    """
                )
                return !waiting.isEmpty
            }
            let number = try #require(waiting.first.flatMap { Int($0[0]) })
            let victim = Victim(name: "backend-\(number)", process: run.backends[number - 1])
            victim.process.kill(SIGSTOP)
            return victim
        }
    }
}
