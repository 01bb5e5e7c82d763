import EngineHarness
import Glibc
import TestSupport
import Testing

extension Faults {
    /// Postgres goes away under load and comes back: bets wait for it.
    @Suite struct PostgresFaultTests {
        /// Longer than a backend stays in the queue group, and than three ack waits.
        private static let awayFor = Duration.seconds(30)
        /// Twice the consumer's limit of unanswered messages.
        private static let redeliveriesMax = 2 * 8_192

        @Test func `half a minute without Postgres loses and doubles nothing`() async throws {
            let cluster = try await PostgresServer.start()
            let run = try await FaultRun(on: cluster, backends: 3, rate: 1_000)
            let back = ContinuousClock.now + Self.awayFor
            try await cluster.process.stop(SIGINT)
            try await run.published(more: 20_000)
            try await lasting(until: back)
            try await cluster.start()
            try await run.outcomes(more: 20_000)
            try await run.stopLoad()

            let redeliveries = try run.engine.redeliveries()
            print("\(redeliveries) redeliveries")
            #expect(redeliveries < Self.redeliveriesMax)
            for backend in run.backends {
                #expect(backend.log.contains("left the queue group until it answers"))
                #expect(backend.log.contains("joined the queue group again"))
                let peak = try ProcessStatus(pid: backend.pid).peakMemoryKiB
                print("peak of resident memory: \(peak) KiB")
                #expect(try peak <= ProcessStatus.peakMemoryKiBMax)
            }
            try await run.expectCleanAudit()
            run.expectNoRestart()
        }

        @Test func `a killed Postgres loses and doubles nothing`() async throws {
            let cluster = try await PostgresServer.start()
            let run = try await FaultRun(on: cluster, rate: 2_000)
            try await crash(cluster)
            try await run.published(more: 4_000)
            try await cluster.start()
            try await run.outcomes(more: 8_000)
            try await run.stopLoad()
            #expect(try run.engine.redeliveries() < Self.redeliveriesMax)
            try await run.expectCleanAudit()
            run.expectNoRestart()
        }

        @Test func `a backend stops in time without Postgres, and others store what it held`()
            async throws
        {
            let cluster = try await PostgresServer.start()
            let run = try await FaultRun(on: cluster, rate: 1_000)
            try await cluster.process.stop(SIGINT)
            let isHolding = try await eventually(within: .seconds(20)) {
                run.backends.allSatisfy { $0.log.contains("is tried again") }
            }
            try #require(isHolding)
            for backend in run.backends { backend.kill(SIGTERM) }
            let deadline = ContinuousClock.now + .seconds(10)
            for backend in run.backends {
                let status = try await backend.waitForExit(
                    timeout: ContinuousClock.now.duration(to: deadline)
                )
                #expect(status == 0, "\(backend.log)")
            }
            try await cluster.start()
            let heir = try await run.engine.startBackend("backend-3")
            try await run.stopLoad()
            #expect(try run.engine.redeliveries() > 0)
            try await run.expectCleanAudit()
            #expect(heir.isRunning, "\(heir.log)")
        }

        /// Kills the server's first process, and waits for the others, which end with it.
        private func crash(_ cluster: PostgresServer) async throws {
            let children = try ProcessStatus.children(of: cluster.process.pid)
            try #require(!children.isEmpty)
            try await cluster.process.stop(SIGKILL)
            let isGone = try await eventually {
                children.allSatisfy { (try? ProcessStatus(pid: $0)) == nil }
            }
            try #require(isGone)
        }
    }
}
