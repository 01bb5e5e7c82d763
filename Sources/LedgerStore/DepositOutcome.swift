package import Betting

/// What became of a deposit.
package enum DepositOutcome: Hashable, Sendable {
    /// The money is in the wallet, which has `balance` now.
    case accepted(balance: MoneySum)
    /// The same deposit was made before, and the wallet had `balance` after it.
    case replayed(balance: MoneySum)
    /// The key belongs to another deposit.
    case keyConflict
}
