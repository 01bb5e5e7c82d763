/// A number in JSON's grammar (RFC 8259, 6), read exactly: never through a binary float.
///
/// The value is kept as whole units of 10⁻⁸ plus the knowledge whether anything was left over, which is
/// all that the rules for amounts ask. Time is linear in the text and no memory is taken, whatever
/// the exponent says.
package struct DecimalText: Sendable {
    /// A minus sign was written; `-0` has one too.
    package let isNegative: Bool
    /// The absolute value in units of 10⁻⁸, rounded down; nil from 10³⁸ units on.
    package let wholeUnits: UInt128?
    /// More than eight decimals are needed (trailing zeros do not count).
    package let hasRemainder: Bool

    /// Reads all of `text`; nil unless it is a JSON number, with nothing before or after it.
    package init?(_ text: Span<UInt8>) {
        var scanner = DecimalScanner()
        guard scanner.scan(text) else { return nil }
        isNegative = scanner.isNegative
        (wholeUnits, hasRemainder) = scanner.units()
    }

    /// The value is exactly zero.
    package var isZero: Bool { wholeUnits == 0 && !hasRemainder }
}

/// The digits of a number as they are met: the first 38 that matter, and where the first one stands.
private struct DecimalScanner {
    private static let headDigitsMax = 38
    private static let exponentMax = 1_000_000_000

    private(set) var isNegative = false
    private var head: UInt128 = 0
    private var headDigits = 0
    /// Digits other than zero were met beyond the head.
    private var hasTail = false
    /// The power of ten of the head's last digit.
    private var headExponent = 0

    /// False when `text` is not `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`.
    mutating func scan(_ text: Span<UInt8>) -> Bool {
        var index = 0
        let count = text.count
        if index < count, text[index] == UInt8(ascii: "-") {
            isNegative = true
            index += 1
        }
        let integerStart = index
        while index < count, let digit = Self.digit(text[index]) {
            take(digit, isFraction: false)
            index += 1
        }
        guard index > integerStart else { return false }
        if index - integerStart > 1, text[integerStart] == UInt8(ascii: "0") { return false }
        if index < count, text[index] == UInt8(ascii: ".") {
            index += 1
            let fractionStart = index
            while index < count, let digit = Self.digit(text[index]) {
                take(digit, isFraction: true)
                index += 1
            }
            guard index > fractionStart else { return false }
        }
        if index < count, text[index] | 0x20 == UInt8(ascii: "e") {
            guard scanExponent(text, from: &index) else { return false }
        }
        return index == count
    }

    private mutating func scanExponent(_ text: Span<UInt8>, from index: inout Int) -> Bool {
        index += 1
        var isNegative = false
        if index < text.count,
            text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+")
        {
            isNegative = text[index] == UInt8(ascii: "-")
            index += 1
        }
        let start = index
        var exponent = 0
        while index < text.count, let digit = Self.digit(text[index]) {
            if exponent < Self.exponentMax { exponent = exponent * 10 + Int(digit) }
            index += 1
        }
        headExponent += isNegative ? -exponent : exponent
        return index > start
    }

    private mutating func take(_ digit: UInt8, isFraction: Bool) {
        if headDigits == Self.headDigitsMax {
            hasTail = hasTail || digit != 0
            if !isFraction { headExponent += 1 }
            return
        }
        if headDigits > 0 || digit != 0 {
            head = head &* 10 &+ UInt128(digit)
            headDigits += 1
        }
        if isFraction { headExponent -= 1 }
    }

    /// Whole units of 10⁻⁸, nil when there are 10³⁸ or more, and whether something smaller is left.
    func units() -> (whole: UInt128?, hasRemainder: Bool) {
        if headDigits == 0 { return (0, false) }
        let shift = headExponent + Money.scale
        if shift >= 0 {
            guard headDigits + shift <= Self.headDigitsMax else { return (nil, hasTail) }
            return (head &* Self.power(shift), hasTail)
        }
        guard -shift < headDigits else { return (0, true) }
        let (whole, rest) = head.quotientAndRemainder(dividingBy: Self.power(-shift))
        return (whole, rest != 0 || hasTail)
    }

    private static func power(_ exponent: Int) -> UInt128 {
        var power: UInt128 = 1
        for _ in 0..<exponent { power = power &* 10 }
        return power
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        let digit = byte &- UInt8(ascii: "0")
        return digit <= 9 ? digit : nil
    }
}
