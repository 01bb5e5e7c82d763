/// A total of amounts in units of 10⁻⁸: wide enough for any number of bets, so adding never fails.
package struct MoneySum: Hashable, Comparable, Sendable {
    package static let zero = MoneySum(units: 0)

    /// The total times 10⁸.
    package private(set) var units: Int128

    package init(units: Int128) {
        self.units = units
    }

    package init(_ money: Money) {
        units = Int128(money.units)
    }

    /// Reads a decimal, as `Money.init(decimal:)` does; below 10³⁰ either way.
    ///
    /// - Throws: `notANumber`, `overflow`, `tooPrecise`.
    package init(decimal text: String) throws(MoneyError) {
        guard let decimal = DecimalText(text.utf8.span) else { throw .notANumber }
        guard let whole = decimal.wholeUnits, let magnitude = Int128(exactly: whole) else {
            throw .overflow
        }
        guard !decimal.hasRemainder else { throw .tooPrecise }
        units = decimal.isNegative ? -magnitude : magnitude
    }

    package static func < (left: MoneySum, right: MoneySum) -> Bool { left.units < right.units }

    package static func + (left: MoneySum, right: MoneySum) -> MoneySum {
        MoneySum(units: left.units + right.units)
    }

    package static func - (left: MoneySum, right: MoneySum) -> MoneySum {
        MoneySum(units: left.units - right.units)
    }

    package static func += (total: inout MoneySum, money: Money) {
        total.units += Int128(money.units)
    }

    package static func += (total: inout MoneySum, other: MoneySum) {
        total.units += other.units
    }
}

extension MoneySum: CustomStringConvertible {
    /// The exact decimal without needless zeros.
    package var description: String {
        var bytes: [UInt8] = []
        appendUTF8(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends `description` as ASCII.
    package func appendUTF8(to bytes: inout [UInt8]) {
        if units < 0 { bytes.append(UInt8(ascii: "-")) }
        let (whole, fraction) = units.magnitude.quotientAndRemainder(
            dividingBy: UInt128(Money.unitsPerWhole)
        )
        if let small = UInt64(exactly: whole) {
            bytes.append(contentsOf: String(small).utf8)
        } else {
            bytes.append(contentsOf: String(whole).utf8)
        }
        guard fraction != 0 else { return }
        bytes.append(UInt8(ascii: "."))
        bytes.appendDecimal(Int(fraction), digits: Money.scale)
        while bytes.last == UInt8(ascii: "0") { bytes.removeLast() }
    }
}
