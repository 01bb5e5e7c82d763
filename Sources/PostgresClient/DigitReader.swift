/// Reads digits and separators from the front of a text.
///
/// It keeps the position only; each call is handed the same text, because a structure cannot hold
/// a span without an experimental feature of the language.
struct DigitReader {
    private(set) var position = 0

    func isAtEnd(of text: Span<UInt8>) -> Bool { position == text.count }

    /// Takes `character` if it comes next.
    mutating func skip(_ character: Unicode.Scalar, in text: Span<UInt8>) -> Bool {
        guard position < text.count, UInt32(text[position]) == character.value else { return false }
        position += 1
        return true
    }

    /// Takes as many digits as there are; nil when their number is out of `digits`.
    mutating func number(in text: Span<UInt8>, digits: ClosedRange<Int>) -> Int64? {
        var value: Int64 = 0
        var count = 0
        while count <= digits.upperBound, let digit = nextDigit(in: text) {
            value = value * 10 + digit
            count += 1
        }
        return digits.contains(count) ? value : nil
    }

    /// Takes the digits behind a decimal point, filled up with zeros to `digits`.
    mutating func fraction(in text: Span<UInt8>, digits: Int) -> Int64? {
        var value: Int64 = 0
        var count = 0
        while count <= digits, let digit = nextDigit(in: text) {
            value = value * 10 + digit
            count += 1
        }
        guard count > 0, count <= digits else { return nil }
        for _ in count..<digits { value *= 10 }
        return value
    }

    private mutating func nextDigit(in text: Span<UInt8>) -> Int64? {
        guard position < text.count, text[position] &- 0x30 < 10 else { return nil }
        defer { position += 1 }
        return Int64(text[position] - 0x30)
    }
}
