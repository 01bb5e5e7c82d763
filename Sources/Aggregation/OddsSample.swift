/// What Redis said at one moment.
package struct OddsSample: Sendable, Equatable {
    /// The question went out not before.
    package let begunAt: ContinuousClock.Instant
    /// Bets in the odds counters; nil while they are absent or being rebuilt.
    package var total: Int64?

    package init(begunAt: ContinuousClock.Instant, total: Int64?) {
        self.begunAt = begunAt
        self.total = total
    }
}
