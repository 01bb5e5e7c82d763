import EngineHarness
import Glibc
import TestSupport
import Testing

extension Faults {
    @Suite struct NATSFaultTests {
        @Test func `NATS killed under load, twice, loses and doubles nothing`() async throws {
            let run = try await FaultRun(rate: 2_000)
            for _ in 1...2 {
                try await run.engine.nats.process.stop(SIGKILL)
                try await run.engine.nats.start()
                try await run.outcomes(more: 4_000)
            }
            try await run.stopLoad()
            try await run.expectCleanAudit()
            run.expectNoRestart()
        }
    }
}
