import Glibc
import JetStream
import TestSupport
import Testing

extension Pipeline {
    @Suite struct SharingTests {
        static let bets = 30_000

        @Test func `three backends share the bets, and a killed one loses none`() async throws {
            let engine = try await Engine.start()
            let pods = (1...4).map { "backend-\($0)" }
            var backends = [
                try await engine.startBackend(pods[0]), try await engine.startBackend(pods[1]),
                try await engine.startBackend(pods[2]),
            ]
            let journal = engine.file("journal")
            let simulator = try engine.simulate(
                ["0", "\(Self.bets)", "--games", "50", "--selections", "3", "--journal", journal]
            )
            let victim = backends.removeLast()
            try await kill(victim, pods[2], in: engine)
            backends.append(try await engine.startBackend(pods[3]))

            let simulation = try await engine.finish(simulator)
            #expect(simulation.status == 0, "\(simulation.output)")
            try await engine.quiet()
            #expect(try engine.redeliveries() > 0)
            #expect(try engine.number("SELECT count(*) FROM bets") == Self.bets)
            let stored = try engine.storedByPod()
            for pod in pods.prefix(3) {
                #expect(stored[pod, default: 0] >= Self.bets / 5, "\(stored)")
            }
            let audit = try await engine.audit(journal: journal)
            #expect(audit.status == 0, "\(audit.output)")

            for backend in backends { backend.kill(SIGTERM) }
            for backend in backends {
                let status = try await backend.waitForExit(timeout: .seconds(10))
                #expect(status == 0, "\(backend.log)")
            }
            #expect(try engine.consumer().configuration.deliverGroup == "betting-engine-group")
        }

        /// Kills a backend with `SIGKILL` once it has stored its fifth of the bets and holds messages
        /// that nobody else can acknowledge.
        private func kill(_ victim: ServerProcess, _ pod: String, in engine: Engine) async throws {
            let hasItsShare = try await eventually(within: .seconds(60)) {
                try engine.storedByPod()[pod, default: 0] >= Self.bets / 5
            }
            try #require(hasItsShare)
            victim.kill(SIGSTOP)
            // Bets still come, and the stopped one gets its share of them.
            let holdsSome = try await eventually(within: .seconds(20)) {
                let consumer = try engine.consumer()
                let last = try engine.manager.streamInfo("bets_stream")?.lastSequence
                let isDelivered = consumer.pending == 0 && last == UInt64(Self.bets)
                let isFull = consumer.ackPending == consumer.configuration.maxAckPending
                return consumer.ackPending > 0 && (isDelivered || isFull)
            }
            #expect(holdsSome, "everything was acknowledged before the backend was stopped")
            victim.kill(SIGKILL)
            #expect(try await victim.waitForExit() == 128 + SIGKILL)
        }
    }
}
