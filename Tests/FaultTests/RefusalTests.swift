import EngineHarness
import PostgresClient
import TestSupport
import Testing

extension Faults {
    /// A Postgres that is there and refuses, or makes everybody wait.
    @Suite struct RefusalTests {
        private static let rate = 1_000
        private static let lockedFor = Duration.seconds(12)

        /// Disk full, too many connections, serialization failure, deadlock, lock not available,
        /// cancelled, input/output error.
        private static let states = ["53100", "53300", "40001", "40P01", "55P03", "57014", "58030"]

        @Test func `what Postgres refuses for now is held and stored once it takes it`()
            async throws
        {
            let run = try await FaultRun(rate: Self.rate)
            let session = try run.engine.database()
            for state in Self.states {
                _ = try session.run(
                    """
                    CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '\(state)'; END $$;
                    CREATE TRIGGER refuse BEFORE INSERT ON bets EXECUTE FUNCTION refuse()
                    """
                )
                let held = try run.progress()
                let areTold = try await eventually(within: .seconds(20)) {
                    run.backends.allSatisfy { $0.log.contains("SQLSTATE \(state)") }
                }
                #expect(areTold, "\(state): \(run.backends.map(\.log))")
                let after = try run.progress()
                #expect(after.outcomes == held.outcomes, "\(state)")
                _ = try session.run("DROP TRIGGER refuse ON bets")
                try await run.outcomes(more: Self.rate)
            }
            try await run.stopLoad()
            #expect(try run.engine.number("SELECT count(*) FROM rejected_bets") == 0)
            try await run.expectCleanAudit()
            run.expectNoRestart()
        }

        @Test func `a table locked for longer than the ack wait makes no storm`() async throws {
            let run = try await FaultRun(rate: Self.rate)
            let before = try run.progress()
            let begin = ContinuousClock.now
            let session = try run.engine.database()
            _ = try session.run("SET statement_timeout = 0")
            session.responseTimeoutMilliseconds = 60_000
            // One statement at work, as a schema change would be.
            _ = try session.run(
                """
                BEGIN; LOCK TABLE bets IN EXCLUSIVE MODE;
                SELECT pg_sleep(\(Self.lockedFor / .seconds(1))); COMMIT
                """
            )
            #expect(begin.duration(to: .now) >= Self.lockedFor)
            try await run.outcomes(more: 10 * Self.rate)
            try await run.stopLoad()
            let redelivered = try Double(run.engine.redeliveries())
            let published = try Double(run.progress().published - before.published)
            print("\(Int(redelivered)) of \(Int(published)) delivered again")
            #expect(redelivered / published < 0.01)
            try await run.expectCleanAudit()
            run.expectNoRestart()
        }
    }
}
