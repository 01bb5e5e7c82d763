/// The limits a bet is judged by that a deployment may set.
package struct BetLimits: Hashable, Sendable {
    /// The highest amount of one bet; 10,000 unless configured (`MAX_BET_AMOUNT`).
    package var maxAmount: Money
    /// The longest message body; the stream refuses longer ones too.
    package var bodyBytesMax: Int

    package init(
        maxAmount: Money = Money(units: 10_000 * Money.unitsPerWhole),
        bodyBytesMax: Int = 4096
    ) {
        self.maxAmount = maxAmount
        self.bodyBytesMax = bodyBytesMax
    }
}
