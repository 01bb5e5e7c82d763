/// Reads one RFC 3339 date and time; knows how far it has come in the text it is handed each time.
struct TimestampScanner {
    private static let fractionDigitsMax = 9
    private static let fractionDigitsKept = 6

    private var index = 0

    /// Microseconds since 1970; nil when the text breaks a rule of `Timestamp.init(_:)`.
    mutating func scan(_ text: Span<UInt8>) -> Int64? {
        guard let year = number(text, digits: 4), take(text, "-"),
            let month = number(text, digits: 2), take(text, "-"),
            let day = number(text, digits: 2), take(text, "T", or: "t"),
            let date = CalendarDay(year: year, month: month, day: day),
            let second = secondOfDay(text),
            let fraction = fraction(text),
            let offset = offsetSeconds(text), index == text.count
        else { return nil }
        let seconds = Int64(date.daysSince1970) * 86_400 + Int64(second - offset)
        let utcDay = CalendarDay(daysSince1970: Int(seconds / 86_400))
        guard Timestamp.years.contains(utcDay.year) else { return nil }
        return seconds * Timestamp.microsecondsPerSecond + fraction
    }

    private mutating func secondOfDay(_ text: Span<UInt8>) -> Int? {
        guard let hour = number(text, digits: 2), hour <= 23, take(text, ":"),
            let minute = number(text, digits: 2), minute <= 59, take(text, ":"),
            let second = number(text, digits: 2), second <= 59
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    /// The decimals as microseconds, the rest dropped; 0 when there is no point.
    private mutating func fraction(_ text: Span<UInt8>) -> Int64? {
        guard take(text, ".") else { return 0 }
        var microseconds: Int64 = 0
        var digits = 0
        while let digit = digit(text) {
            if digits < Self.fractionDigitsKept { microseconds = microseconds * 10 + Int64(digit) }
            digits += 1
            guard digits <= Self.fractionDigitsMax else { return nil }
        }
        guard digits > 0 else { return nil }
        for _ in 0..<max(0, Self.fractionDigitsKept - digits) { microseconds *= 10 }
        return microseconds
    }

    private mutating func offsetSeconds(_ text: Span<UInt8>) -> Int? {
        if take(text, "Z", or: "z") { return 0 }
        let isWest = take(text, "-")
        guard isWest || take(text, "+"),
            let hour = number(text, digits: 2), hour <= 23, take(text, ":"),
            let minute = number(text, digits: 2), minute <= 59
        else { return nil }
        let seconds = hour * 3600 + minute * 60
        return isWest ? -seconds : seconds
    }

    private mutating func number(_ text: Span<UInt8>, digits: Int) -> Int? {
        var value = 0
        for _ in 0..<digits {
            guard let digit = digit(text) else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    private mutating func digit(_ text: Span<UInt8>) -> Int? {
        guard index < text.count else { return nil }
        let digit = text[index] &- UInt8(ascii: "0")
        guard digit <= 9 else { return nil }
        index += 1
        return Int(digit)
    }

    private mutating func take(
        _ text: Span<UInt8>,
        _ character: Unicode.Scalar,
        or other: Unicode.Scalar? = nil
    ) -> Bool {
        guard index < text.count else { return false }
        let scalar = Unicode.Scalar(text[index])
        guard scalar == character || scalar == other else { return false }
        index += 1
        return true
    }
}
