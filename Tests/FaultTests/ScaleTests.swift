import EngineHarness
import Glibc
import TestSupport
import Testing

extension Faults {
    /// Pods come and go in the middle of a burst.
    @Suite struct ScaleTests {
        private static let bets = 60_000
        private static let podsMax = 8
        /// Of one pod: `store`, `odds`, `watch`.
        private static let connectionsMax = 3

        @Test func `from one backend to eight to two in a burst`() async throws {
            let engine = try await Engine.start()
            let journal = engine.file("journal")
            var backends = [try await engine.startBackend("backend-1")]
            let simulator = try engine.simulate([
                "0", "\(Self.bets)", "--games", "50", "--duplicates", "0.02", "--malformed", "0.02",
                "--journal", journal,
            ])
            for number in 2...Self.podsMax {
                backends.append(try await engine.startBackend("backend-\(number)"))
            }
            let sessions = try engine.number(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name LIKE 'backend %'
                """
            )
            #expect(sessions <= Self.podsMax * Self.connectionsMax)
            for backend in backends.dropFirst(2) { backend.kill(SIGTERM) }
            for backend in backends.dropFirst(2) {
                let status = try await backend.waitForExit(timeout: .seconds(20))
                #expect(status == 0, "\(backend.log)")
                #expect(!backend.log.contains("not everything could be committed"))
            }
            let simulation = try await engine.finish(simulator)
            #expect(simulation.status == 0, "\(simulation.output)")
            try await engine.quiet()
            for backend in backends.prefix(2) {
                let peak = try ProcessStatus(pid: backend.pid).peakMemoryKiB
                print("peak of resident memory: \(peak) KiB")
                #expect(try peak <= ProcessStatus.peakMemoryKiBMax)
            }
            let audit = try await engine.audit(journal: journal)
            #expect(audit.status == 0, "\(audit.output)")
        }
    }
}
