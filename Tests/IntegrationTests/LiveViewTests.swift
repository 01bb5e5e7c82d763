import EngineHarness
import Glibc
import PostgresClient
import TestSupport
import Testing

extension Pipeline {
    /// The fleet as an aggregator shows it, beside real backends.
    @Suite struct LiveViewTests {
        private static let bets = 300

        @Test func `an aggregator emits the metrics that are listed, and no others`() async throws {
            let engine = try await Engine.start()
            let backend = try await engine.startBackend("backend-1")
            let aggregator = try await engine.startAggregator("aggregator-1")
            let port = try await aggregator.httpPort()
            try await publish(Self.bets, engine)
            let document = try MetricsDocument()
            var text = ""
            var differences: [String] = []
            // The pace at which the stream fills is known after two looks.
            let agrees = try await eventually(within: .seconds(20)) {
                text = try await HTTPAnswer.get(port: port, "/metrics").text
                differences = try document.differences(
                    from: Exposition(text),
                    process: "stats-aggregator"
                )
                return differences.isEmpty
            }
            #expect(agrees, "\(differences)")
            #expect(try Promtool.complaints(about: text) == "")
            let isCounted = try await eventually {
                let text = try await HTTPAnswer.get(port: port, "/metrics").text
                return try Exposition(text).value("betting_fleet_bets_stored_total")
                    == Double(Self.bets)
            }
            #expect(isCounted)
            #expect(backend.isRunning)
        }

        @Test func `a Prometheus scrapes backend and aggregator`() async throws {
            let engine = try await Engine.start()
            let backend = try await engine.startBackend("backend-1")
            let aggregator = try await engine.startAggregator("aggregator-1")
            try await publish(Self.bets, engine)
            let prometheus = try await PrometheusServer.start(
                scraping: [backend.httpPort(), aggregator.httpPort()]
            )
            var targets: [PrometheusServer.Target] = []
            let areUp = try await eventually(within: .seconds(30)) {
                targets = try await prometheus.targets()
                return targets.count == 2 && targets.allSatisfy { $0.health == "up" }
            }
            #expect(areUp, "\(targets)")
            for query in ["betting_bets_stored_total", "betting_fleet_bets_stored_total"] {
                var values: [String] = []
                let isRight = try await eventually(within: .seconds(20)) {
                    values = try await prometheus.values(query)
                    return values == ["\(Self.bets)"]
                }
                #expect(isRight, "\(query): \(values)")
            }
        }

        @Test func `backends killed right after a commit: totals equal Postgres and never fall`()
            async throws
        {
            let engine = try await Engine.start()
            let aggregators = [
                try await engine.startAggregator("aggregator-1"),
                try await engine.startAggregator("aggregator-2"),
            ]
            var logs: [FrameLog] = []
            for aggregator in aggregators {
                logs.append(try FrameLog(port: try await aggregator.httpPort()))
            }
            var victim = try await engine.startBackend("backend-1")
            let other = try await engine.startBackend("backend-2")
            let simulator = try engine.simulate(["--rate", "2000", "0", "--malformed", "0.02"])
            for _ in 1...4 {
                try await commit(of: "backend-1", engine)
                try await victim.stop(SIGKILL)
                victim = try await engine.startBackend("backend-1")
            }
            // One of the aggregators begins anew in the middle of it.
            try await aggregators[1].stop(SIGTERM)
            let third = try await engine.startAggregator("aggregator-2")
            logs.append(try FrameLog(port: try await third.httpPort()))
            simulator.kill(SIGINT)
            _ = try await engine.finish(simulator)
            try await engine.quiet()

            let stored = try engine.number("SELECT count(*) FROM bets")
            let staked = try engine.rows("SELECT sum(amount)::numeric(30,8) FROM bets")[0][0]
            let rejected = try engine.number("SELECT count(*) FROM rejected_bets")
            #expect(stored > 0 && rejected > 0)
            for log in [logs[0], logs[2]] {
                let isRight = try await log.see {
                    $0.total_bets == stored && $0.total_value_text == staked
                        && $0.rejected_total == rejected && $0.bets_table_row_count == stored
                        && $0.reconciliation.state == "ok" && $0.bets_per_second == 0
                }
                #expect(isRight, "\(String(describing: log.last)), not \(stored)")
            }
            for log in logs { #expect(log.falls.isEmpty, "\(log.falls)") }
            // The restart did not begin at less than what had been shown before.
            let shown = try #require(logs[1].last?.total_bets)
            let first = try #require(logs[2].frames.first?.total_bets)
            #expect(first >= shown)
            #expect(other.isRunning)
        }

        /// Waits for the moment at which a pod has committed once more.
        private func commit(of pod: String, _ engine: Engine) async throws {
            let database = try engine.database()
            func versions() throws -> Int64 {
                try database.query(
                    "SELECT coalesce(sum(version), 0)::bigint FROM ingest_totals WHERE pod_id = $1",
                    [.text(pod)]
                ).int64(0, 0)
            }
            let before = try versions()
            let deadline = ContinuousClock.now + .seconds(20)
            while try versions() < before + 3 {
                try #require(ContinuousClock.now < deadline, "\(pod) commits nothing")
            }
        }

        private func publish(_ count: Int, _ engine: Engine) async throws {
            let result = try await engine.finish(engine.simulate(["0", "\(count)"]))
            try #require(result.status == 0, "\(result.output)")
            try await engine.quiet()
        }
    }
}
