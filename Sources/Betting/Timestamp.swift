/// An instant in microseconds since 1970-01-01T00:00:00Z, as Postgres keeps it.
package struct Timestamp: Hashable, Comparable, Sendable {
    package static let microsecondsPerSecond: Int64 = 1_000_000
    /// The UTC years a text may name, after its offset has been applied.
    package static let years = 2000...2100

    package let microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Reads RFC 3339 (`2025-01-31T12:00:00.5+02:00`): zone mandatory, `t` and `z` in either case, no
    /// space, at most nine decimals of which those beyond the sixth are dropped, a real calendar day,
    /// no second 60, offsets to ±23:59, `-00:00` read as UTC.
    package init?(_ text: Span<UInt8>) {
        var scanner = TimestampScanner()
        guard let microseconds = scanner.scan(text) else { return nil }
        self.microseconds = microseconds
    }

    /// As `init(_:)` of bytes.
    package init?(_ text: String) {
        self.init(text.utf8.span)
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }
}

extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in UTC, six decimals or none: `2025-01-31T10:00:00.500000Z`.
    package var description: String {
        var bytes: [UInt8] = []
        appendUTF8(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends `description` as ASCII. Years 0–9999 read back, others only print.
    package func appendUTF8(to bytes: inout [UInt8]) {
        let (seconds, fraction) = microseconds.flooredDivision(by: Self.microsecondsPerSecond)
        let (days, second) = seconds.flooredDivision(by: 86_400)
        let date = CalendarDay(daysSince1970: Int(days))
        bytes.appendDecimal(date.year, digits: 4)
        bytes.append(UInt8(ascii: "-"))
        bytes.appendDecimal(date.month, digits: 2)
        bytes.append(UInt8(ascii: "-"))
        bytes.appendDecimal(date.day, digits: 2)
        bytes.append(UInt8(ascii: "T"))
        bytes.appendDecimal(Int(second / 3600), digits: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.appendDecimal(Int(second / 60 % 60), digits: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.appendDecimal(Int(second % 60), digits: 2)
        if fraction != 0 {
            bytes.append(UInt8(ascii: "."))
            bytes.appendDecimal(Int(fraction), digits: 6)
        }
        bytes.append(UInt8(ascii: "Z"))
    }
}

extension Int64 {
    /// Quotient rounded down and a remainder of 0 or more, for a positive divisor.
    fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
