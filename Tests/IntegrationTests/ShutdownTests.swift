import EngineHarness
import Foundation
import JetStream
import TestSupport
import Testing

extension Pipeline {
    @Suite struct ShutdownTests {
        /// Deliveries that were on their way while the group changed.
        static let redeliveriesMax = 50

        @Test func `a backend that is told to stop under load finishes what it has`() async throws {
            let engine = try await Engine.start()
            let leaving = try await engine.startBackend("backend-1")
            let staying = try await engine.startBackend("backend-2")
            let journal = engine.file("journal")
            let simulator = try engine.simulate(
                [
                    "--rate", "4000", "0", "--games", "20", "--users", "100", "--encoding",
                    "protobuf",
                    "--duplicates", "0.05", "--malformed", "0.02", "--journal", journal,
                ]
            )
            let isAtWork = try await eventually(within: .seconds(30)) {
                try engine.storedByPod()["backend-1", default: 0] > 1_000
            }
            try #require(isAtWork)
            leaving.kill(SIGTERM)
            #expect(try await leaving.waitForExit(timeout: .seconds(10)) == 0, "\(leaving.log)")

            try await engine.interrupt(simulator)
            try await engine.quiet()
            #expect(try engine.redeliveries() <= Self.redeliveriesMax)
            let audit = try await engine.audit(journal: journal)
            #expect(audit.status == 0, "\(audit.output)")
            try await staying.stop()
            #expect(staying.exitStatus == 0, "\(staying.log)")
            try expectLastFigures(engine, starts: 2)
        }

        @Test func `a backend without work stops at once`() async throws {
            let engine = try await Engine.start()
            let backend = try await engine.startBackend("backend-1")
            backend.kill(SIGTERM)
            #expect(try await backend.waitForExit(timeout: .seconds(10)) == 0, "\(backend.log)")
            #expect(try engine.consumer().pending == 0)
        }

        /// The last stats message of each start says what its row says.
        private func expectLastFigures(_ engine: Engine, starts: Int) throws {
            let rows = try engine.rows(
                """
                SELECT pod_id, boot_id, version, stored, duplicates, rejected, trim_scale(value)
                FROM ingest_totals
                """
            )
            #expect(rows.count == starts)
            let messages = try engine.messages("stats_stream")
            for row in rows {
                let subject = "stats.update.\(row[0].replacing("-", with: "_")).\(row[1])"
                let message = try #require(messages.last { $0.subject == subject }, "\(subject)")
                let json = try JSONSerialization.jsonObject(with: Data(message.body))
                let figures = try #require(json as? [String: Any])
                let rejected = figures["rejected"] as? [String: Int] ?? [:]
                let told = [
                    figures["version"] as? Int, figures["total_bets"] as? Int,
                    figures["duplicates"] as? Int, rejected.values.reduce(0, +),
                ]
                #expect(told == row[2...5].map { Int($0) }, "\(row)")
                let value = try #require(figures["total_value"] as? NSNumber)
                #expect(value.decimalValue == Decimal(string: row[6]), "\(row)")
            }
        }
    }
}
