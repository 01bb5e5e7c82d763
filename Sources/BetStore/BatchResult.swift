package import Betting

/// What became of a batch; all of it is committed.
package struct BatchResult: Sendable {
    /// The outcome of one sequence, as the odds counters need it.
    package enum Effect: Sendable {
        /// A row of `bets`: its stake counts.
        case stored(Bet)
        /// A duplicate or a rejection: the sequence is done and counts nothing.
        case none
    }

    /// Every sequence of the batch once, also those that had their outcome before.
    package var effects: [(sequence: Int64, effect: Effect)] = []
    /// Messages of this batch whose outcome is a rejection, id conflicts included, also those
    /// rejected before: the copy for tools may be missing.
    package var rejected: [RejectedMessage] = []
    /// New rows by this call.
    package var storedCount = 0
    package var duplicateCount = 0
    package var rejectedCount = 0
    /// Messages that had their outcome before.
    package var redeliveredCount = 0
    /// The boot's figures after this commit.
    package var totals = BootTotals()
}
