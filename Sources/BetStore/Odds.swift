/// The odds of a selection that its share of the pool implies.
///
/// With a share of `p = staked / total` and a margin `m`, the fair decimal odds are `1/p` and those
/// offered are `1 / (p × (1 + m))`: over a whole game the offered probabilities add up to `1 + m`.
package struct Odds: Sendable, Equatable {
    /// 5 %.
    package static let defaultMarginMillionths: Int64 = 50_000

    /// The share of the pool in millionths, without the margin, rounded half up.
    package let probabilityMillionths: Int64

    /// Decimal odds in thousandths: 1,904 is 1.904. Computed exactly from the pool, rounded down,
    /// never below 1,000 (the stake back), at most `decimalThousandthsMax`.
    package let decimalThousandths: Int64

    /// 1,000,000.000
    package static let decimalThousandthsMax: Int64 = 1_000_000_000

    /// - Parameters:
    ///   - staked: on the selection, in the unit of `total`.
    ///   - total: on all selections of the game, up to 2^80.
    ///   - marginMillionths: 0 to 1,000,000.
    /// - Returns: nil when nothing is staked on the selection or the figures do not fit each other.
    package init?(
        staked: Int128,
        ofTotal total: Int128,
        marginMillionths: Int64 = Odds.defaultMarginMillionths
    ) {
        let million: Int128 = 1_000_000
        guard staked > 0, staked <= total, total <= 1 << 80,
            (0...1_000_000).contains(marginMillionths)
        else { return nil }
        probabilityMillionths = Int64((staked * million * 2 + total) / (total * 2))
        let offered = total * 1000 * million / (staked * (million + Int128(marginMillionths)))
        decimalThousandths = Int64(
            min(max(offered, 1000), Int128(Self.decimalThousandthsMax))
        )
    }
}
