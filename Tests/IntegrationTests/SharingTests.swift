import EngineHarness
import Glibc
import JetStream
import TestSupport
import Testing

extension Pipeline {
    @Suite struct SharingTests {
        static let bets = 30_000
        static let moreBets = 1_000

        @Test func `three backends share the bets, and a killed one loses none`() async throws {
            let engine = try await Engine.start()
            let pods = (1...4).map { "backend-\($0)" }
            var backends = [
                try await engine.startBackend(pods[0]), try await engine.startBackend(pods[1]),
                try await engine.startBackend(pods[2]),
            ]
            let journals = [engine.file("journal"), engine.file("journal of more")]
            let simulator = try engine.simulate(
                [
                    "0", "\(Self.bets)", "--games", "50", "--selections", "3", "--journal",
                    journals[0],
                ]
            )
            let victim = backends.removeLast()
            try await freeze(victim, pods[2], in: engine)
            let simulation = try await engine.finish(simulator)
            #expect(simulation.status == 0, "\(simulation.output)")
            try await giveShare(to: victim, in: engine, journal: journals[1])
            victim.kill(SIGKILL)
            #expect(try await victim.waitForExit() == 128 + SIGKILL)
            backends.append(try await engine.startBackend(pods[3]))

            try await engine.quiet()
            #expect(try engine.redeliveries() > 0)
            #expect(try engine.number("SELECT count(*) FROM bets") == Self.bets + Self.moreBets)
            let stored = try engine.storedByPod()
            for pod in pods.prefix(3) {
                #expect(stored[pod, default: 0] >= Self.bets / 5, "\(stored)")
            }
            for journal in journals {
                let audit = try await engine.audit(journal: journal)
                #expect(audit.status == 0, "\(audit.output)")
            }

            for backend in backends { backend.kill(SIGTERM) }
            for backend in backends {
                let status = try await backend.waitForExit(timeout: .seconds(10))
                #expect(status == 0, "\(backend.log)")
            }
            #expect(try engine.consumer().configuration.deliverGroup == "betting-engine-group")
        }

        /// Stops a backend in the middle of its work, once it has stored its fifth of the bets.
        private func freeze(_ victim: ServerProcess, _ pod: String, in engine: Engine) async throws
        {
            let hasItsShare = try await eventually(within: .seconds(60)) {
                try engine.storedByPod()[pod, default: 0] >= Self.bets / 5
            }
            try #require(hasItsShare)
            try await victim.freeze()
        }

        /// Publishes more bets, of which the stopped backend gets its share like the others: however
        /// fast the machine is, it now holds bets that nobody has acknowledged.
        private func giveShare(
            to victim: ServerProcess,
            in engine: Engine,
            journal: String
        ) async throws {
            let simulator = try engine.simulate(["0", "\(Self.moreBets)", "--journal", journal])
            let simulation = try await engine.finish(simulator)
            #expect(simulation.status == 0, "\(simulation.output)")
            let isDelivered = try await eventually(within: .seconds(20)) {
                let consumer = try engine.consumer()
                return consumer.pending == 0 && consumer.ackPending > 0
            }
            #expect(isDelivered)
        }
    }
}
