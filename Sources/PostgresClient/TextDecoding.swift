/// Reads the texts Postgres prints for its types; nil for a text of another shape.
enum TextDecoding {
    static func string(_ text: Span<UInt8>) -> String {
        unsafe text.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// A decimal number as a count of 10^-`scale`. Exponents are not decimal numbers here: Postgres
    /// prints none for integers and `numeric`.
    static func scaledInteger(_ text: Span<UInt8>, scale: Int) -> Int128? {
        var position = 0
        var isNegative = false
        if text.count > 0, text[0] == UInt8(ascii: "-") {
            isNegative = true
            position = 1
        }
        var value: Int128 = 0
        var digits = 0
        var decimals: Int?
        while position < text.count {
            let character = text[position]
            position += 1
            if character == UInt8(ascii: "."), decimals == nil {
                decimals = 0
                continue
            }
            guard character &- 0x30 < 10 else { return nil }
            let digit = Int128(character &- 0x30)
            digits += 1
            if let seen = decimals {
                guard seen < scale else {
                    if digit != 0 { return nil }
                    continue
                }
                decimals = seen + 1
            }
            guard let next = appending(isNegative ? -digit : digit, to: value) else { return nil }
            value = next
        }
        guard digits > 0 else { return nil }
        for _ in (decimals ?? 0)..<max(scale, decimals ?? 0) {
            guard let next = appending(0, to: value) else { return nil }
            value = next
        }
        return value
    }

    private static func appending(_ digit: Int128, to value: Int128) -> Int128? {
        let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carry) = tens.addingReportingOverflow(digit)
        return overflow || carry ? nil : sum
    }

    /// Hexadecimal `bytea`, `\x` and two digits a byte.
    static func bytes(_ text: Span<UInt8>) -> [UInt8]? {
        guard text.count >= 2, text.count % 2 == 0, text[0] == UInt8(ascii: "\\"),
            text[1] == UInt8(ascii: "x")
        else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2 - 1)
        for position in stride(from: 2, to: text.count, by: 2) {
            guard let high = nibble(text[position]), let low = nibble(text[position + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    /// The 36 characters of a UUID.
    static func uuid(_ text: Span<UInt8>) -> (high: UInt64, low: UInt64)? {
        guard text.count == 36 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for position in 0..<36 {
            if position == 8 || position == 13 || position == 18 || position == 23 {
                guard text[position] == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = nibble(text[position]) else { return nil }
            high = high << 4 | low >> 60
            low = low << 4 | UInt64(digit)
        }
        return (high, low)
    }

    private static func nibble(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
