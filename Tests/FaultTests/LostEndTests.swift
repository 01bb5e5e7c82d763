import EngineHarness
import Foundation
import Glibc
import JetStream
import TestSupport
import Testing

extension Faults {
    /// NATS comes back without its newest messages, as after a power loss, and gives their sequences
    /// to others.
    @Suite struct LostEndTests {
        /// Bets stored before the copy, those after it, those published once it was put back.
        private static let counts = (kept: 1_000, lost: 500, new: 800)

        private struct Loss {
            let engine: Engine
            let backend: ServerProcess

            func publish(_ count: Int) async throws {
                let load = try engine.simulate(["--rate", "5000", "\(count)", "--games", "20"])
                let result = try await engine.finish(load)
                try #require(result.status == 0, "\(result.output)")
            }

            func outcomes() throws -> Int {
                try engine.number("SELECT count(*) FROM bets")
            }

            /// Takes the newest messages away.
            ///
            /// - Parameter isWatched: the backend runs meanwhile.
            static func make(isWatched: Bool) async throws -> Loss {
                let engine = try await Engine.start()
                let backend = try await engine.startBackend("backend-1")
                let loss = Loss(engine: engine, backend: backend)
                try await loss.publish(counts.kept)
                try await engine.quiet()
                try await engine.nats.process.stop()
                let copy = try engine.nats.copyStore()
                try await engine.nats.start()
                try await loss.publish(counts.lost)
                try await engine.quiet()
                #expect(try loss.outcomes() == counts.kept + counts.lost)
                if !isWatched { try await backend.stop() }
                try await engine.nats.process.stop(SIGKILL)
                try engine.nats.restoreStore(copy)
                try await engine.nats.start()
                #expect(try engine.lastSequence() == counts.kept)
                return loss
            }

            func expectLeft(_ backend: ServerProcess) async throws {
                let status = try await backend.waitForExit(timeout: .seconds(30))
                #expect(status == EXIT_FAILURE, "\(backend.log)")
                #expect(backend.log.contains("bets_stream lost its end"), "\(backend.log)")
            }

            /// Of the messages there are now, none was acknowledged without being stored itself.
            func expectNothingSwallowed() throws {
                let stored = Set(try engine.rows("SELECT id FROM bets").map { $0[0] })
                let unstored = try engine.messages("bets_stream").filter {
                    !stored.contains($0.header("Nats-Msg-Id") ?? "")
                }
                let consumer = try engine.consumer()
                let unacknowledged = Int(consumer.pending) + consumer.ackPending
                #expect(unacknowledged >= unstored.count, "\(consumer)")
                #expect(unstored.count >= counts.lost)
            }
        }

        /// - Parameter isWatched: a backend runs while the stream is shorter than it was; otherwise
        ///   the stream has grown beyond that again when the first one starts.
        @Test(arguments: [true, false])
        func `a stream that lost its end is left, and stays so however far it grows`(
            isWatched: Bool
        ) async throws {
            let loss = try await Loss.make(isWatched: isWatched)
            let engine = loss.engine
            if isWatched { try await loss.expectLeft(loss.backend) }
            try await loss.publish(Self.counts.new)
            let heir = try engine.begin(.backend, environment: ["POD_NAME": "heir"])
            try await loss.expectLeft(heir)
            #expect(heir.log.contains("taking bets") == !isWatched, "\(heir.log)")
            try loss.expectNothingSwallowed()
            // Once it is known, nobody begins.
            let late = try engine.begin(.backend, environment: ["POD_NAME": "late"])
            try await loss.expectLeft(late)
            #expect(!late.log.contains("taking bets"), "\(late.log)")
            try loss.expectNothingSwallowed()

            let audit = try await engine.run(.betctl, ["audit", "--timeout", "5s"])
            #expect(audit.status == EXIT_FAILURE, "\(audit.output)")
            #expect(audit.output.contains("the stream lost its end"), "\(audit.output)")
            let streams = try await engine.run(.betctl, ["streams"])
            #expect(streams.status == EXIT_FAILURE && streams.output.contains("streams renew"))
            let aggregator = try await engine.startAggregator("aggregator")
            try await expect("violated", "the stream lost its end", on: aggregator)

            try await renew(engine, isCutOff: !isWatched)
            let healthy = try await engine.startBackend("healthy")
            try await engine.quiet()
            let all = Self.counts.kept + Self.counts.lost + Self.counts.new
            #expect(try loss.outcomes() == all)
            let clean = try await engine.audit()
            #expect(clean.status == 0, "\(clean.output)")
            try await expect("ok", "\"violations\":[]", on: aggregator)
            #expect(healthy.isRunning, "\(healthy.log)")
        }

        /// - Parameter isCutOff: a first attempt is killed on its way.
        private func renew(_ engine: Engine, isCutOff: Bool) async throws {
            if isCutOff {
                let first = try engine.begin(.betctl, ["streams", "renew"])
                try await eventually(within: .seconds(20)) {
                    let kept = try engine.manager.streamInfo("bets_rescue")?.messages ?? 0
                    return kept > 100 || !first.isRunning
                }
                try await first.stop(SIGKILL)
            }
            let renewal = try await engine.run(.betctl, ["streams", "renew"])
            #expect(renewal.status == 0, "\(renewal.output)")
            #expect(try engine.manager.streamInfo("bets_rescue") == nil)
        }

        @Test func `a server that is killed again and again under load has lost nothing`()
            async throws
        {
            let run = try await FaultRun(rate: 3_000)
            try await run.killNATS(times: 6, thenOutcomes: 2_000)
            try await run.stopLoad()
            let noticed = try run.engine.rows(
                "SELECT lost_end FROM stream_epochs WHERE lost_end IS NOT NULL"
            )
            #expect(noticed == [])
            try await run.expectCleanAudit()
            run.expectNoRestart()
        }

        @Test
        func `a stream is not made anew while backends work on it, and keeps what is unstored`()
            async throws
        {
            let engine = try await Engine.start()
            let loss = Loss(engine: engine, backend: try await engine.startBackend("backend-1"))
            try await loss.publish(Self.counts.kept)
            let refused = try await engine.run(.betctl, ["streams", "renew"])
            #expect(refused.status == EXIT_FAILURE, "\(refused.output)")
            #expect(refused.output.contains("stop them first"), "\(refused.output)")
            try await engine.quiet()
            try await loss.backend.stop()
            try await loss.publish(Self.counts.new)
            let before = try engine.messages("bets_stream").suffix(Self.counts.new)
            let renewal = try await engine.run(.betctl, ["streams", "renew"])
            #expect(renewal.status == 0, "\(renewal.output)")
            let after = try engine.messages("bets_stream")
            #expect(after.map(\.body) == before.map(\.body))
            #expect(
                after.map { $0.header("Nats-Msg-Id") } == before.map { $0.header("Nats-Msg-Id") }
            )
        }

        private func expect(
            _ state: String,
            _ words: String,
            on aggregator: ServerProcess
        ) async throws {
            let port = try await aggregator.httpPort()
            var text = ""
            let isShown = try await eventually(within: .seconds(30)) {
                text = try await HTTPAnswer.get(port: port, "/api/snapshot").text
                return text.contains("\"state\":\"\(state)\"") && text.contains(words)
            }
            #expect(isShown, "\(text)")
        }
    }
}
