import EngineHarness
import Glibc
import TestSupport
import Testing

extension Faults {
    /// A backend that has more to do than it can, beside a Redis that stands still.
    @Suite struct DrainTests {
        private static let pairs = 3
        /// Bets whose storing is timed, in each pair. The frozen part is the longer one: the time
        /// limit that a freeze costs once must not count for much.
        private static let usualBets = 10_000
        private static let frozenBets = 40_000
        private static let bets = pairs * (usualBets + frozenBets) + 10_000
        private static let timeMax = Duration.seconds(20)
        /// Well below what is seen, far above the hundredth that is left when every batch of this
        /// size pays Redis's time limit.
        private static let shareMin = 0.3
        private static let smallBatches = ["BATCH_ROWS_MAX": "200"]

        @Test func `a frozen Redis does not slow a backend that catches up`() async throws {
            let engine = try await Engine.start()
            let journal = engine.file("journal")
            let simulator = try engine.simulate(["0", "\(Self.bets)", "--journal", journal])
            let simulation = try await engine.finish(simulator)
            #expect(simulation.status == 0, "\(simulation.output)")
            let backend = try await engine.startBackend(
                "backend-1",
                environment: Self.smallBatches
            )
            let isAtWork = try await eventually { try stored(engine) > 0 }
            try #require(isAtWork)

            var shares: [Double] = []
            for _ in 1...Self.pairs {
                let usual = try await rate(over: Self.usualBets, engine)
                try await engine.redis.process.freeze()
                let frozen = try await rate(over: Self.frozenBets, engine)
                engine.redis.process.kill(SIGCONT)
                print("drained \(Int(usual))/s, \(Int(frozen))/s with a frozen Redis")
                shares.append(frozen / usual)
            }
            #expect(shares.sorted()[Self.pairs / 2] >= Self.shareMin, "\(shares)")
            try await engine.quiet()
            let audit = try await engine.audit(journal: journal)
            #expect(audit.status == 0, "\(audit.output)")
            #expect(backend.isRunning, "\(backend.log)")
        }

        /// Bets stored a second, while so many are, or in the longest time.
        private func rate(over count: Int, _ engine: Engine) async throws -> Double {
            let before = try stored(engine)
            let begin = ContinuousClock.now
            var now = before
            try await eventually(within: Self.timeMax) {
                now = try stored(engine)
                return now >= before + count
            }
            return Double(now - before) / (begin.duration(to: .now) / .seconds(1))
        }

        private func stored(_ engine: Engine) throws -> Int {
            try engine.number("SELECT coalesce(sum(stored), 0) FROM ingest_totals")
        }
    }
}
