package import Betting
package import Ledger

/// A user's wallet. One that was never opened is empty.
package struct Wallet: Hashable, Sendable {
    package let user: UserID
    /// What may be staked.
    package let balance: MoneySum
    /// Stakes that are open, or matched and not settled.
    package let locked: MoneySum
    /// Rises with each change: an entity tag.
    package let version: Int64

    package init(user: UserID, balance: MoneySum, locked: MoneySum, version: Int64) {
        self.user = user
        self.balance = balance
        self.locked = locked
        self.version = version
    }
}

/// A line of a wallet's statement.
package struct WalletEntry: Hashable, Sendable {
    /// Rises in the order of the balance; the cursor of lists.
    package let id: Int64
    package let kind: LedgerKind
    /// What it was for, as in `BET:{bet}`.
    package let key: String
    package let amount: MoneySum
    package let balanceBefore: MoneySum
    package let balanceAfter: MoneySum
    package let createdAt: Timestamp
}
