import EngineHarness
import Foundation
import TestSupport
import Testing

extension Pipeline {
    /// What dashboards see while backends and aggregators come and go.
    @Suite struct AggregatorTests {
        private func startAggregator(_ engine: Engine, _ name: String) throws -> ServerProcess {
            try engine.begin(.statsAggregator, environment: ["POD_NAME": name])
        }

        /// What Postgres has of the current stream.
        private func stored(_ engine: Engine) throws -> (bets: Int, value: String) {
            let sql = "SELECT count(*), coalesce(sum(amount), 0)::numeric(38,8) FROM bets"
            let row = try engine.rows(sql)[0]
            return (Int(row[0]) ?? -1, row[1])
        }

        @Test
        func `backends killed under load, aggregators restarted: totals equal Postgres, none fell`()
            async throws
        {
            let engine = try await Engine.start()
            var first = try startAggregator(engine, "aggregator-1")
            let second = try startAggregator(engine, "aggregator-2")
            var backend = try await engine.startBackend("backend-1")
            let other = try await engine.startBackend("backend-2")
            var before = try FrameLog(port: await first.httpPort())
            let steady = try FrameLog(port: await second.httpPort())
            let simulator = try engine.simulate(["1", "6000", "--malformed", "0.02"])
            for round in 1...3 {
                let goal = round * 1_200
                #expect(try await steady.see { $0.total_bets >= goal })
                // Between its commits and what it tells of them.
                backend.kill(SIGKILL)
                _ = try await backend.waitForExit()
                backend = try await engine.startBackend("backend-1")
                // A new aggregator goes on where the old one was.
                let shown = before.last?.total_bets ?? 0
                #expect(before.falls.isEmpty, "\(before.falls)")
                try await first.stop(round == 2 ? SIGKILL : SIGTERM)
                first = try startAggregator(engine, "aggregator-1")
                before = try FrameLog(port: await first.httpPort())
                #expect(try await before.see { _ in true })
                #expect((before.frames.first?.total_bets ?? 0) >= shown)
            }
            let simulation = try await engine.finish(simulator)
            #expect(simulation.status == 0, "\(simulation.output)")
            try await engine.quiet()

            let stored = try stored(engine)
            let rejected = try engine.number("SELECT count(*) FROM rejected_bets")
            for log in [before, steady] {
                let isRight = try await log.see(within: .seconds(60)) {
                    $0.total_bets == stored.bets && $0.total_value_text == stored.value
                        && $0.rejected_total == rejected && $0.total_odds == stored.bets
                        && $0.bets_table_row_count == stored.bets && $0.bets_per_second == 0
                        && $0.reconciliation.state == "ok"
                }
                #expect(isRight, "\(String(describing: log.last)), stored \(stored)")
                #expect(log.falls.isEmpty, "\(log.falls)")
                #expect(log.frames.allSatisfy { $0.reconciliation.violations.isEmpty })
            }
            #expect(backend.isRunning && other.isRunning)
        }

        @Test func `a backend that was stopped shows as stopped, a killed one as stale`()
            async throws
        {
            let engine = try await Engine.start()
            let aggregator = try startAggregator(engine, "aggregator-1")
            let stopped = try await engine.startBackend("backend-1")
            let killed = try await engine.startBackend("backend-2")
            let log = try FrameLog(port: await aggregator.httpPort())
            func states(_ frame: SeenFrame) -> [String: String] {
                Dictionary(frame.pods.map { ($0.pod_id, $0.state) }) { first, _ in first }
            }
            #expect(
                try await log.see { states($0) == ["backend-1": "live", "backend-2": "live"] }
            )
            try await stopped.stop()
            killed.kill(SIGKILL)
            #expect(
                try await log.see { states($0) == ["backend-1": "stopped", "backend-2": "stale"] }
            )
            try await aggregator.stop()
            #expect(try await eventually { log.code == 1001 })
        }
    }
}
