import EngineHarness
import Glibc
import TestSupport
import Testing

extension Pipeline {
    /// Profiles of a backend at work, read by pprof.
    @Suite struct ProfileTests {
        @Test func `profiles of a backend under load name its own functions`() async throws {
            let engine = try await Engine.start()
            let backend = try await engine.startBackend(
                "backend-1",
                environment: ["PROFILER": "1", "PROFILER_PORT": "0"]
            )
            let port = try #require(
                backend.log.firstMatch(of: /profiles are offered port=(\d+)/).map { $0.1 }
            )
            let simulator = try engine.simulate(["--rate", "5000", "0"])
            let base = "http://127.0.0.1:\(port)/debug/pprof/"
            let cpu = try await PprofTool.top(base + "profile?seconds=5", ["-cum"])
            let heap = try await PprofTool.top(base + "heap", ["-cum"])
            simulator.kill(SIGINT)
            _ = try await engine.finish(simulator)

            for function in ["Ingest.StoreLoop.run", "BetStore.BatchWriter.write"] {
                #expect(cpu.contains(function), "\(cpu)")
            }
            #expect(heap.contains("Ingest."), "\(heap)")
            try await engine.quiet()
            let audit = try await engine.audit()
            #expect(audit.status == 0, "\(audit.output)")
        }
    }
}
