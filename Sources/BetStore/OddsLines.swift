/// Lines of words separated by single spaces, as the scripts read them.
struct OddsLines {
    private(set) var bytes: [UInt8] = []
    private var isLineStart = true

    mutating func append(_ word: String) {
        separate()
        bytes.append(contentsOf: word.utf8)
    }

    mutating func append(_ number: Int64) {
        separate()
        appendDecimal(number.magnitude)
    }

    /// Two words: whole units and the remainder in 10^-8. `units` is at least 0 and less than 2^63
    /// whole ones.
    mutating func append(units: Int128) {
        let (whole, remainder) = units.quotientAndRemainder(dividingBy: OddsKeys.unitsPerWhole)
        separate()
        appendDecimal(UInt64(truncatingIfNeeded: whole))
        separate()
        appendDecimal(UInt64(truncatingIfNeeded: remainder))
    }

    mutating func endLine() {
        bytes.append(UInt8(ascii: "\n"))
        isLineStart = true
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        isLineStart = true
    }

    private mutating func separate() {
        if !isLineStart { bytes.append(UInt8(ascii: " ")) }
        isLineStart = false
    }

    private mutating func appendDecimal(_ value: UInt64) {
        var rest = value
        let first = bytes.count
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[first...].reverse()
    }
}
