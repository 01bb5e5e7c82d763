import EngineHarness
import Foundation
import Glibc
import TestSupport
import Testing

extension Pipeline {
    /// What a running engine shows of itself.
    @Suite struct MonitoringTests {
        private static let bets = 300

        /// An engine that has stored some bets, two of them the same and some malformed.
        private func busyEngine() async throws -> (engine: Engine, backend: ServerProcess) {
            let engine = try await Engine.start()
            let backend = try await engine.startBackend("backend-1")
            let simulator = try engine.simulate(["0", "\(Self.bets)", "--malformed", "0.1"])
            let simulation = try await engine.finish(simulator)
            try #require(simulation.status == 0, "\(simulation.output)")
            try await engine.quiet()
            return (engine, backend)
        }

        @Test func `a backend emits the metrics that are listed, and no others`() async throws {
            let (engine, backend) = try await busyEngine()
            defer { withExtendedLifetime(engine) {} }
            let port = try await backend.httpPort()
            let document = try MetricsDocument()
            var exposition = try Exposition("")
            var differences: [String] = []
            // What the servers say is there after the first look, a second later at most.
            let agrees = try await eventually {
                let text = try await HTTPAnswer.get(port: port, "/metrics").text
                exposition = try Exposition(text)
                differences = document.differences(from: exposition, process: "backend")
                return differences.isEmpty
            }
            #expect(agrees, "\(differences)")

            let stored = try #require(exposition.value("betting_bets_stored_total"))
            let rejected = exposition.family("betting_bets_rejected_total")?.samples
                .reduce(0) { $0 + $1.value }
            #expect(stored > 0)
            #expect(stored + (rejected ?? 0) == Double(Self.bets))
            #expect(exposition.value("betting_batch_rows_sum") == Double(Self.bets))
            #expect(exposition.value("betting_ack_latency_seconds_count") == Double(Self.bets))
            #expect(exposition.value("betting_messages_held") == 0)
        }

        @Test func `promtool finds nothing to complain about`() async throws {
            let (engine, backend) = try await busyEngine()
            defer { withExtendedLifetime(engine) {} }
            let port = try await backend.httpPort()
            let answer = try await HTTPAnswer.get(port: port, "/metrics")
            #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            let complaints = try Promtool.complaints(about: answer.text)
            #expect(complaints == "")
        }

        @Test func `stats tells rows, odds and what waits, to pages of allowed origins`()
            async throws
        {
            let (engine, backend) = try await busyEngine()
            let port = try await backend.httpPort()
            let rows = try engine.number("SELECT count(*) FROM bets")
            let wanted =
                #"{"bets_table_row_count":\#(rows),"total_odds":\#(rows),"pending_bets":0}"#
            var answer = try await HTTPAnswer.get(port: port, "/stats")
            let isRight = try await eventually {
                answer = try await HTTPAnswer.get(
                    port: port,
                    "/stats",
                    headers: ["Origin": "http://localhost:8000"]
                )
                return answer.text == wanted
            }
            #expect(isRight, "\(answer.text), not \(wanted)")
            #expect(answer.headers["content-type"] == "application/json")
            #expect(answer.headers["access-control-allow-origin"] == "http://localhost:8000")
            let foreign = try await HTTPAnswer.get(
                port: port,
                "/stats",
                headers: ["Origin": "https://example.com"]
            )
            #expect(foreign.headers["access-control-allow-origin"] == nil)
        }

        @Test func `readiness follows the servers and the shutdown, liveness does not`()
            async throws
        {
            let (engine, backend) = try await busyEngine()
            let port = try await backend.httpPort()
            func status(_ path: String) async throws -> Int {
                try await HTTPAnswer.get(port: port, path).status
            }
            let isReady = try await eventually { try await status("/readyz") == 200 }
            #expect(isReady)
            try await engine.nats.process.stop(SIGKILL)
            let isUnready = try await eventually(within: .seconds(20)) {
                try await status("/readyz") == 503
            }
            #expect(isUnready)
            #expect(try await HTTPAnswer.get(port: port, "/readyz").text.contains("nats"))
            #expect(try await status("/livez") == 200)
            try await engine.nats.start()
            let isReadyAgain = try await eventually(within: .seconds(30)) {
                try await status("/readyz") == 200
            }
            #expect(isReadyAgain, "\(backend.log)")
        }

        @Test func `a taken port is an error that names it`() async throws {
            let (engine, backend) = try await busyEngine()
            let port = try await backend.httpPort()
            let second = try engine.begin(
                .backend,
                environment: ["POD_NAME": "backend-2", "HTTP_PORT": "\(port)"]
            )
            let result = try await engine.finish(second)
            #expect(result.status == 78)
            #expect(result.output.contains("HTTP_PORT=\(port)"))
        }

        /// The image's health check, as Docker runs it beside the process.
        @Test
        func `betctl health tells a backend that lives from one that stands still or is gone`()
            async throws
        {
            let engine = try await Engine.start()
            let backend = try await engine.startBackend("backend-1")
            let port = try await backend.httpPort()
            func health() async throws -> ProgramResult {
                let environment = ["HTTP_PORT": "\(port)"]
                return try await engine.finish(
                    engine.begin(.betctl, ["health"], environment: environment)
                )
            }
            let url = "http://127.0.0.1:\(port)/livez"
            let live = try await health()
            #expect(live.status == 0)
            #expect(live.output == "\(url): ok\n")

            backend.kill(SIGSTOP)
            let still = try await health()
            #expect(still.status == 1)
            #expect(still.output == "betctl: \(url): no answer: the time is over\n")

            backend.kill(SIGCONT)
            try await backend.stop()
            let gone = try await health()
            #expect(gone.status == 1)
            #expect(gone.output == "betctl: \(url): no answer: Connection refused\n")
        }
    }
}
