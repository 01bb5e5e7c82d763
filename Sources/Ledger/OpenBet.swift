package import Betting

/// A bet that waits for opponents.
package struct OpenBet: Hashable, Sendable {
    package let id: BetID
    package let user: UserID
    /// Rises in the order of placement.
    package let number: Int64
    package let remaining: Money

    package init(id: BetID, user: UserID, number: Int64, remaining: Money) {
        self.id = id
        self.user = user
        self.number = number
        self.remaining = remaining
    }
}

/// Equal parts of two bets on opposite sides, of different users.
package struct MatchedPair: Hashable, Sendable {
    package let betA: BetID
    package let betB: BetID
    /// What each side has in it.
    package let amount: Money

    package init(betA: BetID, betB: BetID, amount: Money) {
        self.betA = betA
        self.betB = betB
        self.amount = amount
    }
}
