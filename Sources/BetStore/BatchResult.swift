package import Betting

/// What became of a batch; all of it is committed.
package struct BatchResult: Sendable {
    /// The outcome of one sequence, as the odds counters need it.
    package struct Effect: Sendable {
        package let sequence: Int64
        /// The market whose pool it adds to, as a number of `markets`; nil for a duplicate or a
        /// rejection, which are done and add nothing.
        package let market: Int32?
        package let amount: Money

        init(of received: ReceivedBet) {
            sequence = received.sequence
            market = received.market
            amount = received.amount
        }

        init(withoutStake sequence: Int64) {
            self.sequence = sequence
            market = nil
            amount = .zero
        }
    }

    package let epoch: Int64
    package let markets: MarketTable
    /// The sequences of the batch, also those that had their outcome before. One comes twice if it
    /// was delivered twice; none comes whose stake is known to the table only.
    package internal(set) var effects: [Effect] = []
    /// Messages of this batch whose outcome is a rejection: new id conflicts, and all that could
    /// not be a bet, also those rejected before, since the copy for tools may be missing.
    package internal(set) var rejected: [RejectedMessage] = []
    /// New rows by this call.
    package internal(set) var storedCount = 0
    package internal(set) var duplicateCount = 0
    package internal(set) var rejectedCount = 0
    /// Messages that had their outcome before.
    package internal(set) var redeliveredCount = 0
    /// The boot's figures after this commit.
    package internal(set) var totals = BootTotals()

    init(epoch: Int64, markets: MarketTable) {
        self.epoch = epoch
        self.markets = markets
    }

    /// Nothing was written: one message had its outcome before, which one was not asked. What it
    /// adds to the odds is left to the repair.
    package init(hadOutcomeIn epoch: Int64) {
        self.init(epoch: epoch, markets: MarketTable())
        redeliveredCount = 1
    }

    /// Adds the result of a part of the same batch that was written after this one.
    mutating func merge(_ later: BatchResult) {
        effects += later.effects
        rejected += later.rejected
        storedCount += later.storedCount
        duplicateCount += later.duplicateCount
        rejectedCount += later.rejectedCount
        redeliveredCount += later.redeliveredCount
        totals = later.totals
    }
}
