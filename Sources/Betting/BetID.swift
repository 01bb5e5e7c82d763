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
        guard text.count == Self.textBytes else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        var digits = 0
        for index in 0..<Self.textBytes {
            if Self.isDash(index) {
                guard text[index] == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Self.digit(text[index]) else { return nil }
            if digits < 16 {
                high = high << 4 | digit
            } else {
                low = low << 4 | digit
            }
            digits += 1
        }
        self.init(high: high, low: low)
    }

    /// As `init(_:)` of bytes.
    package init?(_ text: String) {
        self.init(text.utf8.span)
    }

    package static func < (left: BetID, right: BetID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    private static func isDash(_ index: Int) -> Bool {
        index == 8 || index == 13 || index == 18 || index == 23
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
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
