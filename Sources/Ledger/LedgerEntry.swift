package import Betting

/// One side of a ledger transaction: what an account gets, or gives when below 0. Never 0.
package struct LedgerEntry: Hashable, Sendable {
    package let account: LedgerAccount
    package let amount: MoneySum

    package init(_ account: LedgerAccount, _ amount: MoneySum) {
        precondition(amount != .zero, "an entry of nothing")
        self.account = account
        self.amount = amount
    }
}
