import Betting
import EngineHarness
import FaultPoints
import Glibc
import Ledger
import TestSupport
import Testing

extension Faults {
    /// What places bets and what works off jobs, killed at every step: no bet is stuck, nobody is paid
    /// twice.
    @Suite(.enabled(if: Program.haveFaultPoints, "release executables have no fault points"))
    struct MoneyFaultTests {
        private static let hitLimit = Duration.seconds(60)
        /// Later than the claims of a worker's start.
        private static let visit = 2

        private func auditIsClean(_ engine: Engine) async throws {
            let audit = try await engine.audit()
            #expect(audit.status == 0, "\(audit.output)")
        }

        @Test func `a placement that is sent again after a kill is the same bet`() async throws {
            let engine = try await Engine.start()
            let backend = try await engine.startBackend("backend-1")
            let worker = try engine.beginWorker("worker-1")
            let points = FaultPoint.placing + [.commitSent]
            for (number, point) in points.enumerated() {
                let load = ["8", "100", "10", "2", "\(number + 1)"]
                // Wallets and rounds first, or the fault would meet these.
                let prepare = try await engine.run(.ledgerLoad, ["8", "1", "1", "1", "99"])
                #expect(prepare.status == 0, "\(prepare.output)")
                let victim = try engine.begin(
                    .ledgerLoad,
                    load + ["--place-only"],
                    environment: engine.fault(point, .kill, visit: 4)
                )
                #expect(try await victim.waitForExit() == 128 + SIGKILL, "\(victim.log)")
                #expect(engine.faultLog.contains("fault \(point.name) kill 4 "))
                let again = try await engine.run(.ledgerLoad, load + ["--place-only"])
                #expect(again.status == 0 && again.output.contains("other=0"), "\(again.output)")
                let bets =
                    "SELECT count(*) FROM idempotency_keys WHERE key LIKE 'load \(number + 1) %'"
                #expect(try engine.number(bets) == 100, "\(point)")
            }
            #expect(try engine.number("SELECT count(*) FROM placed_bets") == 100 * points.count + 1)
            try await MoneyRun(engine).settled()
            try await auditIsClean(engine)
            #expect(backend.isRunning && worker.isRunning, "\(worker.log)")
        }

        @Test func `workers killed at every step leave no bet stuck and pay once`() async throws {
            let engine = try await Engine.start()
            let backend = try await engine.startBackend("backend-1")
            let run = try MoneyRun(engine)
            let points = FaultPoint.working + [.commitSent]
            let victims = try points.map { point in
                try engine.beginWorker(
                    "victim-\(point.name)",
                    environment: engine.fault(point, .kill, visit: Self.visit)
                )
            }
            var turn = 0
            let isOver = try await eventually(within: Self.hitLimit) {
                let round = try run.open()
                try run.placeBets(in: round)
                turn += 1
                switch turn % 4 {
                case 0: try run.resolve(round, .a)
                case 1: try run.resolve(round, .b)
                case 2: try run.resolve(round, .void)
                default: try run.close(round)
                }
                return victims.allSatisfy { !$0.isRunning }
            }
            #expect(isOver, "\(engine.faultLog)")
            for (point, victim) in zip(points, victims) {
                #expect(
                    engine.faultLog.contains("fault \(point.name) kill \(Self.visit) "),
                    "\(point): \(victim.log)"
                )
            }
            let heir = try engine.beginWorker("heir")
            try await run.settled()
            try await auditIsClean(engine)
            let dead = "SELECT count(*) FROM jobs WHERE state = 'DEAD'"
            #expect(try engine.number(dead) == 0)
            #expect(backend.isRunning && heir.isRunning, "\(heir.log)")
        }

        @Test func `workers that are killed and started under load leave nothing behind`()
            async throws
        {
            let engine = try await Engine.start()
            let backend = try await engine.startBackend("backend-1")
            let run = try MoneyRun(engine)
            var workers = try (1...2).map { try engine.beginWorker("worker-\($0)") }
            var rounds = 0
            for kill in 0..<6 {
                // Some 100 bets between two kills.
                for _ in 0..<12 {
                    let round = try run.open()
                    try run.placeBets(in: round)
                    rounds += 1
                    if rounds % 2 == 0 { try run.resolve(round, rounds % 4 == 0 ? .a : .void) }
                }
                workers[kill % 2].kill(SIGKILL)
                #expect(try await workers[kill % 2].waitForExit() == 128 + SIGKILL)
                workers[kill % 2] = try engine.beginWorker("worker-\(kill + 3)")
            }
            try await run.settled()
            let stuck = """
                SELECT count(*) FROM placed_bets b JOIN rounds r ON r.id = b.round_id
                WHERE r.state = 'RESOLVED' AND b.state NOT IN ('SETTLED', 'REFUNDED')
                """
            #expect(try engine.number(stuck) == 0)
            try await auditIsClean(engine)
            #expect(backend.isRunning)
            for worker in workers { #expect(worker.isRunning, "\(worker.log)") }
        }

        /// In the middle of a transaction that holds wallets, jobs or bets.
        @Test(arguments: [FaultPoint.matchesClosed, .remainderTaken, .entriesWritten])
        func `a worker that stands still is worked around, and does nothing when it goes on`(
            _ point: FaultPoint
        ) async throws {
            let engine = try await Engine.start()
            let run = try MoneyRun(engine)
            let victim = try engine.beginWorker(
                "victim",
                environment: engine.fault(point, .freeze, visit: 1)
            )
            let isFrozen = try await eventually(within: Self.hitLimit) {
                let round = try run.open()
                try run.placeBets(in: round)
                try run.resolve(round, .a)
                return engine.faultLog.contains("fault \(point.name) freeze 1 ")
            }
            #expect(isFrozen, "\(victim.log)")
            let heir = try engine.beginWorker("heir")
            try await run.settled()
            let paid = try engine.rows(
                "SELECT user_id, balance, locked_balance FROM wallets ORDER BY 1"
            )
            victim.kill(SIGCONT)
            // It is back when it works again.
            let hadEnough = try await eventually(within: .seconds(20)) {
                victim.log.contains("jobs cannot be worked on") || !victim.isRunning
            }
            #expect(hadEnough && victim.isRunning, "\(victim.log)")
            let now = try engine.rows(
                "SELECT user_id, balance, locked_balance FROM wallets ORDER BY 1"
            )
            #expect(now == paid)
            let backend = try await engine.startBackend("backend-1")
            try await auditIsClean(engine)
            #expect(backend.isRunning && heir.isRunning, "\(heir.log)")
        }

        @Test func `workers outlive a Postgres that crashes and comes back`() async throws {
            let cluster = try await PostgresServer.start()
            let engine = try await Engine.start(on: cluster)
            let backend = try await engine.startBackend("backend-1")
            let workers = try (1...2).map { try engine.beginWorker("worker-\($0)") }
            var run = try MoneyRun(engine)
            for _ in 0..<3 {
                var rounds: [Identifier] = []
                for _ in 0..<6 {
                    let round = try run.open()
                    try run.placeBets(in: round)
                    rounds.append(round)
                }
                for round in rounds { try run.resolve(round, .b) }
                try await cluster.process.stop(SIGQUIT)
                try await cluster.start()
                run = try run.reconnected()
            }
            try await run.settled()
            try await auditIsClean(engine)
            #expect(backend.isRunning)
            for worker in workers { #expect(worker.isRunning, "\(worker.log)") }
        }
    }
}
