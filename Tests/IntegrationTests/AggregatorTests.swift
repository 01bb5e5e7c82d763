import EngineHarness
import Glibc
import TestSupport
import Testing

extension Pipeline {
    /// What dashboards see of backends that go.
    @Suite struct AggregatorTests {
        @Test func `a backend that was stopped shows as stopped, a killed one as stale`()
            async throws
        {
            let engine = try await Engine.start()
            let aggregator = try await engine.startAggregator("aggregator-1")
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
