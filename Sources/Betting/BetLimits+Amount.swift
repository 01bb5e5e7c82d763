extension BetLimits {
    /// Judges an amount by the exact decimal value of its text, however it is written.
    ///
    /// The range is judged before the precision: what is 0, negative (`-0` too) or above `maxAmount`, by
    /// however little, is out of range; what is inside and needs more than eight decimals is too precise.
    /// Nothing is rounded.
    ///
    /// - Throws: `wrongType` when the text is no JSON number, `amountRange`, `amountPrecision`.
    package func amount(_ text: Span<UInt8>) throws(RejectionReason) -> Money {
        guard let decimal = DecimalText(text) else { throw .wrongType }
        guard !decimal.isNegative, !decimal.isZero, let whole = decimal.wholeUnits,
            let units = Int64(exactly: whole), units <= maxAmount.units,
            units < maxAmount.units || !decimal.hasRemainder
        else { throw .amountRange }
        guard !decimal.hasRemainder else { throw .amountPrecision }
        return Money(units: units)
    }
}
