import EngineHarness
import Foundation
import JetStream
import TestSupport
import Testing

extension Faults {
    /// A stream much smaller than what passes through it.
    @Suite struct SmallStreamTests {
        /// Larger figures for a run by hand: `SMALL_STREAM_BYTES`, `SMALL_STREAM_RATE` (0 is as
        /// fast as it goes), `SMALL_STREAM_TIMES`.
        private static func given(_ name: String, _ fallback: Int) -> Int {
            ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? fallback
        }

        /// Bytes of one bet in the stream, roughly.
        private static let betBytes = 290

        @Test func `takes several times its size without a refusal, and loses nothing`()
            async throws
        {
            let bytes = Self.given("SMALL_STREAM_BYTES", 3 << 20)
            let rate = Self.given("SMALL_STREAM_RATE", 1_500)
            let count = Self.given("SMALL_STREAM_TIMES", 4) * bytes / Self.betBytes
            let engine = try await Engine.start(settings: ["BETS_MAX_BYTES": "\(bytes)", "LOG_LEVEL": "debug"])
            let backends = [
                try await engine.startBackend("backend-1"),
                try await engine.startBackend("backend-2"),
            ]
            let journal = engine.file("journal")
            let pace = rate > 0 ? ["--rate", "\(rate)"] : ["0"]
            let simulation = try await engine.finish(
                engine.simulate(
                    pace + [
                        "\(count)", "--games", "20", "--selections", "3", "--journal", journal,
                    ]
                )
            )
            print(simulation.output)
            #expect(simulation.status == 0, "\(simulation.output)")
            try await engine.quiet()
            let audit = try await engine.audit(journal: journal)
            print(audit.output)
            for backend in backends { print(backend.log.suffix(3_000)) }
            #expect(audit.status == 0, "\(audit.output)")
            let stream = try #require(try engine.manager.streamInfo("bets_stream"))
            #expect(stream.firstSequence > 1)
            #expect(stream.configuration.maxAgeNanoseconds == 24 * 3_600 * 1_000_000_000)
            for backend in backends { #expect(backend.isRunning, "\(backend.log)") }
        }
    }
}
