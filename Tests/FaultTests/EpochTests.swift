import EngineHarness
import Glibc
import JetStream
import TestSupport
import Testing

extension Faults {
    /// The stream is taken away under load: other sequences, another consumer.
    @Suite struct EpochTests {
        private static let leaveMax = Duration.seconds(10)

        /// How long the stream stays away; backends must leave in either case.
        @Test(arguments: [Duration.zero, .seconds(8)])
        func `pods leave a stream that was deleted, and work on the one made anew`(
            away: Duration
        ) async throws {
            let run = try await FaultRun(rate: 1_000)
            let old = try run.engine.manager.streamInfo("bets_stream")?.createdNanoseconds
            let deletedAt = ContinuousClock.now
            #expect(try run.engine.manager.deleteStream("bets_stream"))
            if away > .zero {
                try await expectLeft(run, by: deletedAt + Self.leaveMax)
            }
            let streams = try await run.engine.run(.betctl, ["streams"])
            #expect(streams.status == 0, "\(streams.output)")
            try await expectLeft(run, by: deletedAt + Self.leaveMax)
            for backend in run.backends {
                #expect(backend.log.contains("(epoch \(old ?? 0) became"), "\(backend.log)")
                #expect(backend.exitStatus == EXIT_FAILURE)
                try backend.start()
            }
            // What the old stream had acknowledged and not delivered is gone with it; another
            // journal tells what the new one owes.
            run.simulator.kill(SIGINT)
            _ = try await run.engine.finish(run.simulator)
            let journal = run.engine.file("journal of the new stream")
            let load = try run.engine.simulate([
                "--rate", "1000", "4000", "--games", "20", "--journal", journal,
            ])
            let simulation = try await run.engine.finish(load)
            #expect(simulation.status == 0, "\(simulation.output)")
            try await run.engine.quiet()
            let new = try #require(try run.engine.manager.streamInfo("bets_stream"))
            #expect(new.createdNanoseconds != old)
            let outcomes = try run.engine.number(
                """
                SELECT sum(stored + duplicates + rejected) FROM ingest_totals
                WHERE stream_epoch = \(new.createdNanoseconds)
                """
            )
            #expect(outcomes == Int(new.lastSequence))
            let audit = try await run.engine.audit(journal: journal)
            #expect(audit.status == 0, "\(audit.output)")
            for backend in run.backends { #expect(backend.isRunning, "\(backend.log)") }
        }

        private func expectLeft(_ run: FaultRun, by deadline: ContinuousClock.Instant) async throws
        {
            for backend in run.backends {
                let left = ContinuousClock.now.duration(to: deadline)
                let status = try await backend.waitForExit(timeout: max(left, .zero))
                #expect(status != nil && status != 0, "\(backend.log)")
            }
        }
    }
}
