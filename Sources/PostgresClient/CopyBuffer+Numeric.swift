/// `numeric` as Postgres keeps it: base-10000 digits without leading and trailing zeros, the
/// weight of the first (0 is the units' digit), a sign and the number of decimals to show.
/// Source: PostgreSQL 15, `src/backend/utils/adt/numeric.c`, `numeric_send`.
extension CopyBuffer {
    /// The most decimals `numeric(units:scale:)` takes.
    package static let numericScaleMax = 16

    private static let negativeSign: UInt16 = 0x4000
    private static let base: UInt64 = 10_000

    /// A number of `units` · 10^-`scale`, `scale` in 0…`numericScaleMax`.
    package mutating func numeric(units: Int64, scale: Int = 8) {
        precondition(scale >= 0 && scale <= Self.numericScaleMax, "unsupported scale")
        let fractionDigits = (scale + 3) / 4
        let one = Self.powerOf10(scale)
        let magnitude = units.magnitude
        var whole = magnitude / one
        // Filled up to whole base-10000 digits; below 10^16, so it cannot overflow.
        var fraction = (magnitude % one) * Self.powerOf10(fractionDigits * 4 - scale)

        // At most five digits before and four behind the point, the lowest last.
        var digits: InlineArray<9, UInt16> = .init(repeating: 0)
        for index in 0..<fractionDigits {
            digits[8 - index] = UInt16(truncatingIfNeeded: fraction % Self.base)
            fraction /= Self.base
        }
        var first = 9 - fractionDigits
        while whole > 0 {
            first -= 1
            digits[first] = UInt16(truncatingIfNeeded: whole % Self.base)
            whole /= Self.base
        }
        var end = 9
        while end > first, digits[end - 1] == 0 { end -= 1 }
        while first < end, digits[first] == 0 { first += 1 }
        appendNumeric(
            digits,
            first..<end,
            weight: 8 - fractionDigits - first,
            isNegative: units < 0,
            scale: scale
        )
    }

    private mutating func appendNumeric(
        _ digits: InlineArray<9, UInt16>,
        _ used: Range<Int>,
        weight: Int,
        isNegative: Bool,
        scale: Int
    ) {
        let place = unsafe beginField(8 + 2 * used.count)
        unsafe store(UInt16(truncatingIfNeeded: used.count).bigEndian, at: place)
        let shownWeight = used.isEmpty ? 0 : Int16(truncatingIfNeeded: weight)
        unsafe store(shownWeight.bigEndian, at: place + 2)
        unsafe store((isNegative ? Self.negativeSign : 0).bigEndian, at: place + 4)
        unsafe store(UInt16(truncatingIfNeeded: scale).bigEndian, at: place + 6)
        for index in used {
            unsafe store(digits[index].bigEndian, at: place + 8 + 2 * (index - used.lowerBound))
        }
    }

    private static func powerOf10(_ exponent: Int) -> UInt64 {
        switch exponent {
        case 0: 1
        case 1: 10
        case 2: 100
        case 3: 1_000
        case 8: 100_000_000
        default: (0..<exponent).reduce(into: 1) { power, _ in power *= 10 }
        }
    }
}
