/// An exact amount of money in units of 10⁻⁸, up to some 92 billion either way.
package struct Money: Hashable, Comparable, Sendable {
    /// Decimals that are kept.
    package static let scale = 8
    /// Units in one whole.
    package static let unitsPerWhole: Int64 = 100_000_000
    package static let zero = Money(units: 0)

    /// The amount times 10⁸.
    package let units: Int64

    package init(units: Int64) {
        self.units = units
    }

    /// Reads a decimal in JSON's number grammar (`42`, `-0.5`, `1e2`) by its exact value.
    ///
    /// - Throws: `notANumber`, `overflow` beyond what 64 bits hold, `tooPrecise` beyond eight decimals.
    package init(decimal text: Span<UInt8>) throws(MoneyError) {
        guard let decimal = DecimalText(text) else { throw .notANumber }
        guard let whole = decimal.wholeUnits, let magnitude = Int64(exactly: whole) else {
            throw .overflow
        }
        guard !decimal.hasRemainder else { throw .tooPrecise }
        units = decimal.isNegative ? -magnitude : magnitude
    }

    /// As `init(decimal:)` of bytes.
    package init(decimal text: String) throws(MoneyError) {
        try self.init(decimal: text.utf8.span)
    }

    package static func < (left: Money, right: Money) -> Bool { left.units < right.units }

    /// - Throws: `overflow`.
    package func adding(_ other: Money) throws(MoneyError) -> Money {
        let (sum, overflow) = units.addingReportingOverflow(other.units)
        if overflow { throw .overflow }
        return Money(units: sum)
    }

    /// - Throws: `overflow`.
    package func subtracting(_ other: Money) throws(MoneyError) -> Money {
        let (difference, overflow) = units.subtractingReportingOverflow(other.units)
        if overflow { throw .overflow }
        return Money(units: difference)
    }

    /// The amount times `numerator / denominator`, rounded once, from an exact 128-bit product.
    ///
    /// - Throws: `overflow` when the result does not fit, or the denominator is 0.
    package func multiplied(
        by numerator: Int64,
        over denominator: Int64 = 1,
        rounding: MoneyRounding = .towardZero
    ) throws(MoneyError) -> Money {
        guard denominator != 0 else { throw .overflow }
        let product = Int128(units) * Int128(numerator)
        let quotient = rounding.quotient(of: product, by: Int128(denominator))
        guard let result = Int64(exactly: quotient) else { throw .overflow }
        return Money(units: result)
    }
}

extension Money: CustomStringConvertible {
    /// The exact decimal without needless zeros: `42`, `0.1`, `-3.00000001`.
    package var description: String { MoneySum(self).description }

    /// Appends `description` as ASCII.
    package func appendUTF8(to bytes: inout [UInt8]) {
        MoneySum(self).appendUTF8(to: &bytes)
    }
}
