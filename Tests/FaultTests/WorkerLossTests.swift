import EngineHarness
import Foundation
import Glibc
import TestSupport
import Testing

extension Faults {
    /// Bets come in at a steady pace while workers are killed one after the other: first one, then the
    /// last one, then each again soon after it was started.
    @Suite struct WorkerLossTests {
        private static let rate = 100
        private static let phaseSeconds = 5
        /// One phase each.
        private static let results = ["A", "B", "void", "A"]
        private static let settledLimit = Duration.seconds(30)

        @Test func `workers that go under 100 bets a second leave no bet stuck and pay once`()
            async throws
        {
            let directory = try TemporaryDirectory("token-key")
            let keyFile = directory.path + "/key"
            let secret = "development-" + String(repeating: "k", count: 32)
            try secret.write(toFile: keyFile, atomically: true, encoding: .utf8)
            let engine = try await Engine.start(hasRoles: true)
            let backend = try await engine.startBackend("backend-1")
            let api = try await engine.startAPIServer(
                "api-1",
                environment: ["TOKEN_KEY_FILE": keyFile]
            )
            let crowd = try await BettingCrowd(
                port: try await api.httpPort(),
                key: Array(secret.utf8)
            )
            var workers = try (1...2).map { try engine.beginWorker("worker-\($0)") }
            var kills = 0
            func kill(_ index: Int) async throws {
                kills += 1
                workers[index].kill(SIGKILL)
                #expect(try await workers[index].waitForExit() == 128 + SIGKILL)
            }
            func start(_ index: Int) throws {
                workers[index] = try engine.beginWorker("worker-\(index + 1)-after-\(kills)")
            }

            let count = Self.rate * Self.phaseSeconds
            for (phase, result) in Self.results.enumerated() {
                let round = "round-\(phase)"
                try await crowd.open(round)
                async let load: Void = crowd.place(
                    count,
                    from: phase * count,
                    rate: Self.rate,
                    in: round
                )
                try await lasting(.seconds(Self.phaseSeconds) / 2)
                switch phase {
                case 0: try await kill(0)
                case 1:
                    // Nobody is left: jobs wait, and bets are taken as ever.
                    try await kill(1)
                    let before = try engine.number("SELECT count(*) FROM jobs")
                    let wait = try await eventually {
                        try engine.number("SELECT count(*) FROM jobs") > before
                    }
                    #expect(wait)
                case 2:
                    try start(0)
                    try start(1)
                default:
                    for index in [0, 1] {
                        try await matched(engine, round)
                        try await kill(index)
                        try start(index)
                    }
                }
                try await load
                try await crowd.resolve(round, result)
            }

            #expect(crowd.statuses == [202: Self.results.count * count])
            try await settled(engine)
            try await engine.quiet()
            #expect(try engine.number("SELECT count(*) FROM bets") == Self.results.count * count)
            let audit = try await engine.audit()
            #expect(audit.status == 0, "\(audit.output)")
            #expect(kills == 4)
            for process in workers + [api, backend] {
                #expect(process.isRunning, "\(process.log)")
            }
        }

        /// Waits until whoever is open in a round has nobody to be matched with.
        private func matched(_ engine: Engine, _ round: String) async throws {
            let isMatched = try await eventually(within: Self.settledLimit) {
                try engine.number(
                    """
                    SELECT count(*) FROM placed_bets a JOIN placed_bets b USING (round_id)
                    WHERE round_id = '\(round)' AND a.side = 'A' AND b.side = 'B'
                        AND a.remaining > 0 AND b.remaining > 0 AND a.user_id <> b.user_id
                    """
                ) == 0
            }
            #expect(isMatched)
        }

        /// All rounds have their result: nothing is left to do, of no bet and no match.
        private func settled(_ engine: Engine) async throws {
            let isSettled = try await eventually(within: Self.settledLimit) {
                try engine.number("SELECT count(*) FROM jobs") == 0
                    && engine.number("SELECT count(*) FROM bet_outbox") == 0
            }
            let left = try engine.rows("SELECT kind, state, last_error FROM jobs LIMIT 5")
            #expect(isSettled, "\(left)")
            let stuck = """
                SELECT id, state FROM placed_bets WHERE state NOT IN ('SETTLED', 'REFUNDED') LIMIT 5
                """
            #expect(try engine.rows(stuck) == [])
            let paid = try engine.rows(
                """
                SELECT m.state, count(DISTINCT m.id), count(t.id) FROM matches m
                LEFT JOIN ledger_transactions t ON t.kind IN ('SETTLE', 'VOID')
                    AND split_part(t.idempotent_key, ':', 2) = m.id::text
                GROUP BY m.state ORDER BY m.state
                """
            )
            #expect(paid.map(\.[0]) == ["SETTLED", "VOID"])
            for row in paid {
                let (matches, transactions) = (Int(row[1]) ?? 0, Int(row[2]) ?? -1)
                #expect(transactions == (row[0] == "VOID" ? 2 : 1) * matches, "\(row)")
            }
            print("\(paid)")
        }
    }
}
