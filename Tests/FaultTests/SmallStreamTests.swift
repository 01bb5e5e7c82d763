import EngineHarness
import Foundation
import Glibc
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
            let engine = try await Engine.start(settings: ["BETS_MAX_BYTES": "\(bytes)"])
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
                ),
                within: .seconds(120 + count / 5_000)
            )
            print(simulation.output)
            #expect(simulation.status == 0, "\(simulation.output)")
            try await engine.quiet()
            for backend in backends {
                let peak = try ProcessStatus(pid: backend.pid).peakMemoryKiB
                print("peak memory: \(peak) KiB")
                #expect(try peak <= ProcessStatus.peakMemoryKiBMax)
            }
            let audit = try await engine.audit(journal: journal)
            #expect(audit.status == 0, "\(audit.output)")
            let stream = try #require(try engine.manager.streamInfo("bets_stream"))
            #expect(stream.firstSequence > 1)
            #expect(stream.configuration.maxAgeNanoseconds == 24 * 3_600 * 1_000_000_000)
            for backend in backends { #expect(backend.isRunning, "\(backend.log)") }
        }

        /// While a stream is trimmed at every moment: whoever does it, and the server it is done to,
        /// are killed. The ages of this stream are a few times longer than each is away.
        @Test func `is trimmed by another when the one that did it is killed`() async throws {
            let engine = try await Engine.start(settings: ["BETS_MAX_BYTES": "\(9 << 20)"])
            var backends = [
                try await engine.startBackend("backend-1"),
                try await engine.startBackend("backend-2"),
            ]
            let journal = engine.file("journal")
            let simulator = try engine.simulate([
                "--rate", "1500", "0", "--games", "20", "--ack-timeout", "2000",
                "--journal", journal,
            ])
            func isTrimmed(beyond sequence: UInt64) async throws -> Bool {
                try await eventually(within: .seconds(60)) {
                    try engine.manager.streamInfo("bets_stream")?.firstSequence ?? 0 > sequence
                }
            }
            #expect(try await isTrimmed(beyond: 1_000), "\(backends.map(\.log))")
            for round in 1...3 {
                let leader = backends.firstIndex { $0.log.contains("keeping the odds counters") }
                let killed = backends.remove(at: try #require(leader))
                try await killed.stop(SIGKILL)
                backends.append(try await engine.startBackend("backend-\(round + 2)"))
                if round == 2 {
                    try await engine.nats.process.stop(SIGKILL)
                    try await engine.nats.start()
                }
                let first = try engine.manager.streamInfo("bets_stream")?.firstSequence ?? 0
                #expect(try await isTrimmed(beyond: first + 1_000), "\(backends.map(\.log))")
            }
            try await engine.interrupt(simulator)
            try await engine.quiet()
            let audit = try await engine.audit(journal: journal)
            #expect(audit.status == 0, "\(audit.output)")
            let stream = try #require(try engine.manager.streamInfo("bets_stream"))
            #expect(stream.configuration.maxAgeNanoseconds == 24 * 3_600 * 1_000_000_000)
        }
    }
}
