import EngineHarness
import Glibc
import JetStream
import TestSupport
import Testing

extension Faults {
    @Suite struct NATSFaultTests {
        /// Two ack waits of these tests, and as long to store what has waited.
        private static let recoveryMax = Duration.seconds(20)

        @Test func `NATS killed under load, twice, loses and doubles nothing`() async throws {
            let run = try await FaultRun(rate: 2_000)
            try await run.killNATS(times: 2, thenOutcomes: 4_000)
            try await run.stopLoad()
            try await run.expectCleanAudit()
            run.expectNoRestart()
        }

        /// The server restarts with as many unanswered messages as it allows, the oldest long due,
        /// and delivers nothing new before they are answered.
        @Test func `NATS killed while Postgres is away goes on where it was, soon`() async throws {
            let cluster = try await PostgresServer.start()
            let run = try await FaultRun(on: cluster, backends: 3, rate: 2_500)
            for _ in 1...2 {
                try await cluster.process.stop(SIGINT)
                try await run.published(more: 20_000)
                try await run.engine.nats.process.stop(SIGKILL)
                try await cluster.start()
                try await run.engine.nats.start()
                let begin = ContinuousClock.now
                try await run.outcomes(more: 20_000, within: Self.recoveryMax)
                print("20,000 outcomes after \(begin.duration(to: .now))")
            }
            try await run.stopLoad()
            try await run.expectCleanAudit()
            run.expectNoRestart()
        }

        @Test func `a frozen NATS loses and doubles nothing`() async throws {
            let run = try await FaultRun(rate: 1_000)
            // Longer than it takes to find the connection dead.
            let thaw = ContinuousClock.now + .seconds(17)
            try await run.engine.nats.process.freeze()
            try await lasting(until: thaw)
            run.engine.nats.process.kill(SIGCONT)
            try await run.outcomes(more: 4_000)
            for backend in run.backends { #expect(backend.log.contains("NATS is away")) }
            try await run.stopLoad()
            try await run.expectCleanAudit()
            run.expectNoRestart()
        }

        @Test func `backends leave a consumer that is deleted, and replay what it forgot`()
            async throws
        {
            let run = try await FaultRun(rate: 1_000)
            try run.engine.manager.deleteConsumer(
                stream: "bets_stream",
                consumer: "bets_consumer"
            )
            for backend in run.backends {
                let status = try await backend.waitForExit(timeout: .seconds(30))
                #expect(status == 1, "\(backend.log)")
                #expect(backend.log.contains("run `betctl streams`"))
            }
            let made = try await run.engine.run(.betctl, ["streams"])
            #expect(made.status == 0, "\(made.output)")
            let heir = try await run.engine.startBackend("heir")
            try await run.outcomes(more: 4_000)
            try await run.stopLoad()
            #expect(try run.engine.number("SELECT count(*) FROM duplicate_bets") == 0)
            try await run.expectCleanAudit()
            #expect(heir.isRunning, "\(heir.log)")
        }
    }
}
