/// A bet's UUID. Ordered as its text is; never the nil UUID.
package struct BetID: Hashable, Comparable, Sendable {
    /// Characters of the text form.
    package static let textBytes = 36

    /// The first eight bytes, the first one on top.
    package let high: UInt64
    /// The last eight bytes.
    package let low: UInt64

    /// Nil for the nil UUID. Versions and variants are not judged.
    package init?(high: UInt64, low: UInt64) {
        guard high != 0 || low != 0 else { return nil }
        self.high = high
        self.low = low
    }

    /// Reads the 36 characters of RFC 9562, 4, in any case; no braces, no `urn:`.
    package init?(_ text: Span<UInt8>) {
        guard text.count == Self.textBytes,
            text[8] == Self.dash, text[13] == Self.dash, text[18] == Self.dash,
            text[23] == Self.dash
        else { return nil }
        var reader = HexReader()
        for index in 0..<8 { reader.read(text[index]) }
        for index in 9..<13 { reader.read(text[index]) }
        for index in 14..<18 { reader.read(text[index]) }
        let high = reader.value
        for index in 19..<23 { reader.read(text[index]) }
        for index in 24..<36 { reader.read(text[index]) }
        guard reader.isValid else { return nil }
        self.init(high: high, low: reader.value)
    }

    /// As `init(_:)` of bytes.
    package init?(_ text: String) {
        self.init(text.utf8.span)
    }

    package static func < (left: BetID, right: BetID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    private static let dash = UInt8(ascii: "-")

    private static func isDash(_ index: Int) -> Bool {
        index == 8 || index == 13 || index == 18 || index == 23
    }
}

/// Reads hexadecimal digits without a branch: an id is read for every bet.
private struct HexReader {
    /// Of the last sixteen digits.
    private(set) var value: UInt64 = 0
    private(set) var isValid = true

    mutating func read(_ byte: UInt8) {
        let number = byte &- UInt8(ascii: "0")
        let letter = (byte | 0x20) &- UInt8(ascii: "a")
        let isNumber = number < 10
        isValid = isValid && (isNumber || letter < 6)
        value = value << 4 | UInt64(isNumber ? number : letter &+ 10)
    }
}

extension BetID: CustomStringConvertible {
    /// 36 characters, lower case.
    package var description: String {
        var bytes: [UInt8] = []
        appendUTF8(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends `description` as ASCII.
    package func appendUTF8(to bytes: inout [UInt8]) {
        var word = high
        for index in 0..<Self.textBytes {
            if Self.isDash(index) {
                bytes.append(UInt8(ascii: "-"))
                if index == 18 { word = low }
                continue
            }
            let digit = UInt8(truncatingIfNeeded: word >> 60)
            word <<= 4
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
