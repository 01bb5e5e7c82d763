import EngineHarness
import Foundation
import JetStream
import TestSupport
import Testing

extension Faults {
    /// Publishers that send the same bets again, when the stream has forgotten their ids.
    @Suite struct DuplicatePublisherTests {
        private static let bets = 5_000
        /// The shortest that JetStream takes.
        private static let window = Duration.milliseconds(100)

        @Test func `two publishers repeat a run beyond the window: one row a bet`() async throws {
            let engine = try await Engine.start()
            let backends = [
                try await engine.startBackend("backend-1"),
                try await engine.startBackend("backend-2"),
            ]
            let journal = engine.file("journal")
            let first = try await engine.finish(
                engine.simulate(["0", "\(Self.bets)", "--games", "20", "--journal", journal])
            )
            #expect(first.status == 0, "\(first.output)")
            let usual = try setWindow(Self.window, engine)
            // JetStream forgets by the clock.
            try await lasting(Self.window * 10)
            let forgetful = try (1...2).map { number in
                try engine.simulate(["--resume", forget(journal, "\(journal)-\(number)")])
            }
            for publisher in forgetful {
                let result = try await engine.finish(publisher)
                #expect(result.status == 0, "\(result.output)")
            }
            _ = try setWindow(usual, engine)
            try await engine.quiet()

            #expect(try engine.number("SELECT count(*) FROM bets") == Self.bets)
            let duplicates = try engine.number("SELECT count(*) FROM duplicate_bets")
            print("\(duplicates) of \(2 * Self.bets) were not flagged by the stream")
            #expect(duplicates >= Self.bets)
            for path in [journal, journal + "-1", journal + "-2"] {
                let audit = try await engine.audit(journal: path)
                #expect(audit.status == 0, "\(audit.output)")
            }
            for backend in backends { #expect(backend.isRunning, "\(backend.log)") }
        }

        /// The journal of a publisher that died before it knew of any answer.
        private func forget(_ journal: String, _ path: String) throws -> String {
            let lines = try String(contentsOfFile: journal, encoding: .utf8)
                .split(separator: "\n").filter { !$0.hasPrefix(#"{"t":"ack""#) }
            try (lines.joined(separator: "\n") + "\n")
                .write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }

        /// Changes how long the stream remembers ids; returns how long it did.
        private func setWindow(_ window: Duration, _ engine: Engine) throws -> Duration {
            let info = try #require(try engine.manager.streamInfo("bets_stream"))
            var configuration = info.configuration
            let before = configuration.duplicateWindowNanoseconds
            configuration.duplicateWindowNanoseconds = Int64(window / .nanoseconds(1))
            _ = try engine.manager.updateStream(configuration)
            return .nanoseconds(before)
        }
    }
}
