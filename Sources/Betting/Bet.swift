/// A bet that keeps every rule of the wire contract. Plain bytes: copying it touches no reference count.
package struct Bet: Hashable, Sendable {
    package let id: BetID
    package let gameID: Identifier
    package let betType: BetType
    /// What was bet on; `Identifier.none` when the message named nothing.
    package let selection: Identifier
    /// Above 0 and at most `BetLimits.maxAmount`.
    package let amount: Money
    /// 1 … 2⁶³−1, nil when the message named nobody.
    package let userID: Int64?
    /// When the producer says it was placed.
    package let placedAt: Timestamp

    package init(
        id: BetID,
        gameID: Identifier,
        betType: BetType,
        selection: Identifier = .none,
        amount: Money,
        userID: Int64? = nil,
        placedAt: Timestamp
    ) {
        self.id = id
        self.gameID = gameID
        self.betType = betType
        self.selection = selection
        self.amount = amount
        self.userID = userID
        self.placedAt = placedAt
    }
}
