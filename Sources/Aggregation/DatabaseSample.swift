/// What Postgres said at one moment, all of it from one snapshot but for the last figure.
package struct DatabaseSample: Sendable, Equatable {
    /// The question went out not before.
    package let begunAt: ContinuousClock.Instant
    /// The answer was here not after.
    package var endedAt: ContinuousClock.Instant
    /// Of the stream; 0 before there was any.
    package let epoch: Int64
    /// Outcomes of the epoch.
    package var stored: Int64 = 0
    package var duplicates: Int64 = 0
    package var rejected: Int64 = 0
    /// Sequences of the epoch without an outcome whose message the stream no longer has.
    package var lost: Int64 = 0
    /// The epoch's highest sequence with an outcome, 0 if there is none.
    package var horizon: Int64 = 0
    /// What showed that the stream lost its end, as a sentence; nil for one that is whole.
    package var lostEnd: String?
    /// Rows of `bets`, over all epochs.
    package var betRows: Int64 = 0
    /// The first sequence without an outcome, up to what was known to be published; nil when there
    /// is none, or when it is farther off than one look reaches.
    package var oldestUnresolved: Int64?

    package init(begunAt: ContinuousClock.Instant, epoch: Int64) {
        self.begunAt = begunAt
        endedAt = begunAt
        self.epoch = epoch
    }

    package var outcomes: Int64 { stored + duplicates + rejected }

    /// Sequences that nothing more will come of: those with an outcome, and those lost for good.
    var settled: Int64 { outcomes + lost }
}
