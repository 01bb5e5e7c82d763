import EngineHarness
import FaultPoints
import Foundation
import RedisClient
import TestSupport
import Testing

extension Faults {
    /// Processes that end or freeze themselves at every point of their work where it matters. Each
    /// is proved to have been there.
    @Suite(.enabled(if: Program.haveFaultPoints, "release executables have no fault points"))
    struct FaultPointTests {
        private static let rate = 1_000
        private static let restartLimit = Duration.seconds(40)
        /// Longer than the ack wait, and than Postgres bears a transaction that idles.
        private static let frozenFor = Duration.seconds(13)

        /// Of the simulator, with a visit in the middle of a run.
        private static let publishing: [(FaultPoint, Int)] = [
            (.tryJournaled, 10), (.betsPublished, 20), (.publishAnswered, 1_000),
        ]
        /// Met by one process of all, and only when Redis lacks something.
        private static let keeping: [FaultPoint] = [.rebuildBegun, .repairFound]
        /// Met after SIGTERM.
        private static let leaving: [FaultPoint] = [.groupLeft, .drained]
        /// Met with every batch, or with every bet again or malformed message.
        private static let storing = FaultPoint.allCases.filter { point in
            !publishing.contains { $0.0 == point } && !keeping.contains(point)
                && !leaving.contains(point) && !FaultPoint.ofMoney.contains(point)
        }

        @Test func `a publisher killed at every point loses and doubles nothing`() async throws {
            let engine = try await Engine.start()
            let backend = try await engine.startBackend("backend-1")
            for (point, visit) in Self.publishing {
                let journal = engine.file("journal-\(point.name)")
                let arguments = ["0", "5000", "--games", "20", "--journal", journal]
                let victim = try engine.begin(
                    .loadSimulator,
                    arguments,
                    environment: engine.fault(point, .kill, visit: visit)
                )
                #expect(try await victim.waitForExit() == 128 + SIGKILL, "\(victim.log)")
                #expect(engine.faultLog.contains("fault \(point.name) kill \(visit) "))
                let rest = try await engine.finish(engine.simulate(["--resume", journal]))
                #expect(rest.status == 0, "\(rest.output)")
                try await engine.quiet()
                let audit = try await engine.audit(journal: journal)
                #expect(audit.status == 0, "\(point): \(audit.output)")
            }
            #expect(backend.isRunning, "\(backend.log)")
        }

        @Test func `a backend killed at every point loses and doubles nothing`() async throws {
            let engine = try await Engine.start()
            let journal = engine.file("journal")
            let simulator = try load(engine, journal)
            for (number, point) in (Self.storing + Self.leaving + Self.keeping).enumerated() {
                let victim = try engine.begin(
                    .backend,
                    environment: engine.fault(point, .kill, visit: 1)
                        .merging(["POD_NAME": "victim-\(number)"]) { _, name in name }
                )
                try await provoke(point, victim, engine)
                let status = try await victim.waitForExit(timeout: Self.restartLimit)
                #expect(status == 128 + SIGKILL, "\(point): \(victim.log)")
                #expect(engine.faultLog.contains("fault \(point.name) kill 1 "), "\(victim.log)")
            }
            let heir = try await engine.startBackend("heir")
            try await end(simulator, engine, journal)
            #expect(heir.isRunning, "\(heir.log)")
        }

        @Test func `backends frozen at every point of a batch hold nothing up and double nothing`()
            async throws
        {
            let engine = try await Engine.start()
            let journal = engine.file("journal")
            let healthy = try await engine.startBackend("healthy")
            let simulator = try load(engine, journal)
            let victims = try Self.storing.enumerated().map { number, point in
                try engine.begin(
                    .backend,
                    environment: engine.fault(point, .freeze, visit: 1)
                        .merging(["POD_NAME": "victim-\(number)"]) { _, name in name }
                )
            }
            let areFrozen = try await eventually(within: .seconds(60)) {
                let log = engine.faultLog
                return Self.storing.allSatisfy { log.contains("fault \($0.name) freeze 1 ") }
            }
            #expect(areFrozen, "\(engine.faultLog)")
            let thaw = ContinuousClock.now + Self.frozenFor
            try await lasting(until: thaw)
            for victim in victims { victim.kill(SIGCONT) }
            try await end(simulator, engine, journal)
            for victim in victims + [healthy] { #expect(victim.isRunning, "\(victim.log)") }
            for victim in victims {
                try await victim.stop()
                #expect(victim.exitStatus == 0, "\(victim.log)")
            }
        }

        /// Bets of which some come again and some are none, until it is interrupted.
        private func load(_ engine: Engine, _ journal: String) throws -> ServerProcess {
            try engine.simulate([
                "--rate", "\(Self.rate)", "0", "--games", "20", "--selections", "3",
                "--duplicates", "0.05", "--malformed", "0.05", "--journal", journal,
            ])
        }

        /// Does what brings the victim to the point.
        private func provoke(
            _ point: FaultPoint,
            _ victim: ServerProcess,
            _ engine: Engine
        ) async throws {
            if Self.leaving.contains(point) || Self.keeping.contains(point) {
                let isTaking = try await eventually(within: Self.restartLimit) {
                    victim.log.contains("keeping the odds counters") || !victim.isRunning
                }
                try #require(isTaking)
            }
            switch point {
            case .groupLeft, .drained: victim.kill(SIGTERM)
            case .rebuildBegun:
                let redis = try RedisConnection(RedisConfiguration(address: engine.redis.url))
                defer { redis.close() }
                _ = try redis.command(["FLUSHALL"])
            case .repairFound:
                // What is stored while Redis stands still is for the repair.
                engine.redis.process.kill(SIGSTOP)
                let before = try engine.number("SELECT count(*) FROM bets")
                try await eventually(within: Self.restartLimit) {
                    try engine.number("SELECT count(*) FROM bets") > before + Self.rate
                }
                engine.redis.process.kill(SIGCONT)
            default: break
            }
        }

        private func end(
            _ simulator: ServerProcess,
            _ engine: Engine,
            _ journal: String
        ) async throws {
            try await engine.interrupt(simulator)
            try await engine.quiet()
            let twice = try engine.rows(Self.outcomesTwice)
            #expect(twice.isEmpty, "\(twice)")
            let audit = try await engine.audit(journal: journal)
            #expect(audit.status == 0, "\(audit.output)")
        }

        private static let outcomesTwice = """
            SELECT stream_seq, string_agg(kind, ' + ') FROM (
                SELECT stream_seq, 'stored by ' || pod_id AS kind FROM bets
                UNION ALL SELECT stream_seq, 'duplicate by ' || pod_id FROM duplicate_bets
                UNION ALL SELECT stream_seq, reason || ' by ' || pod_id FROM rejected_bets) outcomes
            GROUP BY stream_seq HAVING count(*) > 1
            """
    }
}

extension Engine {
    /// The environment of a program that does this to itself.
    func fault(
        _ point: FaultPoint,
        _ action: FaultPlan.Action,
        visit: Int
    ) -> [String: String] {
        ["FAULT_AT": "\(point.name):\(action.rawValue):\(visit)", "FAULT_LOG": file("faults")]
    }

    /// The faults that were hit, a line each.
    var faultLog: String {
        (try? String(contentsOfFile: file("faults"), encoding: .utf8)) ?? ""
    }
}
