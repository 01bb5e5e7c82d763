package import Betting

/// Money that moves between accounts, for one reason and once. The entries sum to zero.
package struct LedgerTransaction: Hashable, Sendable {
    package let key: LedgerKey
    package let entries: [LedgerEntry]

    private init(_ key: LedgerKey, _ entries: [LedgerEntry]) {
        let sum = entries.reduce(MoneySum.zero) { $0 + $1.amount }
        precondition(entries.count >= 2 && sum == .zero, "a transaction that does not sum to zero")
        self.key = key
        self.entries = entries
    }

    private init(_ key: LedgerKey, _ amount: MoneySum, from: LedgerAccount, to: LedgerAccount) {
        self.init(key, [LedgerEntry(from, .zero - amount), LedgerEntry(to, amount)])
    }

    /// Money is paid in for a user.
    package static func deposit(_ key: String, _ amount: Money, to user: UserID) -> Self {
        Self(.deposit(key), MoneySum(amount), from: .deposits, to: .wallet(user))
    }

    /// A bet is placed: its stake leaves the wallet.
    package static func stake(_ bet: BetID, _ stake: Money, of user: UserID) -> Self {
        Self(.bet(bet), MoneySum(stake), from: .wallet(user), to: .openStakes)
    }

    /// The winner gets both parts of a match, each of which is `amount`.
    package static func settlement(_ match: MatchID, _ amount: Money, winner: UserID) -> Self {
        let both = MoneySum(amount) + MoneySum(amount)
        return Self(.settle(match), both, from: .openStakes, to: .wallet(winner))
    }

    /// One side of a void match gets its part back.
    package static func void(
        _ match: MatchID,
        _ side: Side,
        _ amount: Money,
        to user: UserID
    ) -> Self {
        Self(.void(match, side), MoneySum(amount), from: .openStakes, to: .wallet(user))
    }

    /// What was never matched of a bet is paid back.
    package static func refund(_ bet: BetID, _ remaining: Money, to user: UserID) -> Self {
        Self(.refund(bet), MoneySum(remaining), from: .openStakes, to: .wallet(user))
    }
}
