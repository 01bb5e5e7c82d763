import Glibc
import PostgresClient
import TestSupport
import Testing

extension Faults {
    /// A backend that stands still in the middle of its work, and goes on as if nothing had been.
    @Suite struct FrozenBackendTests {
        private static let frozenFor = Duration.seconds(15)

        @Test func `others do the work of a frozen backend, and it doubles none of it`()
            async throws
        {
            let run = try await FaultRun(rate: 1_000)
            let victim = run.backends[0]
            let thaw = ContinuousClock.now + Self.frozenFor
            try await freezeInTransaction(victim, "backend-1", run.engine)
            try await run.outcomes(more: 2_000)
            try await run.stopLoad()
            try await ContinuousClock().sleep(until: thaw)
            let stored = try run.engine.number("SELECT count(*) FROM bets")
            let before = try run.engine.storedByPod()["backend-1"]
            victim.kill(SIGCONT)

            let isBack = try await eventually(within: .seconds(30)) {
                victim.log.contains("is tried again")
            }
            #expect(isBack, "\(victim.log)")
            try await run.engine.quiet()
            #expect(try run.engine.number("SELECT count(*) FROM bets") == stored)
            #expect(try run.engine.storedByPod()["backend-1"] == before)
            #expect(try run.engine.redeliveries() > 0)
            try await expectWork(from: "backend-1", run.engine)
            try await run.expectCleanAudit()
            run.expectNoRestart()
        }

        /// Freezes a backend while it waits for the end of its transaction: every backend is made
        /// to wait, then only the others go on.
        private func freezeInTransaction(
            _ victim: ServerProcess,
            _ pod: String,
            _ engine: Engine
        ) async throws {
            let session = try engine.database()
            _ = try session.run("BEGIN; LOCK TABLE ingest_totals IN ACCESS EXCLUSIVE MODE")
            let isWaiting = try await eventually {
                try engine.number(
                    """
                    SELECT pg_stat_clear_snapshot();
                    SELECT count(*) FROM pg_stat_activity
                    WHERE application_name = 'backend \(pod)' AND wait_event_type = 'Lock'
                    """
                ) == 1
            }
            victim.kill(SIGSTOP)
            _ = try session.run("ROLLBACK")
            try #require(isWaiting)
        }

        /// The backend gets its share of new bets and stores it.
        private func expectWork(from pod: String, _ engine: Engine) async throws {
            let before = try engine.storedByPod()[pod, default: 0]
            let simulator = try engine.simulate(["0", "2000"])
            let simulation = try await engine.finish(simulator)
            #expect(simulation.status == 0, "\(simulation.output)")
            try await engine.quiet()
            #expect(try engine.storedByPod()[pod, default: 0] > before)
        }
    }
}
