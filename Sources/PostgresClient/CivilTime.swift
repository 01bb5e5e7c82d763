/// A moment in the proleptic Gregorian calendar, UTC: how Postgres writes and reads timestamps.
/// Day arithmetic after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
struct CivilTime {
    /// From the Unix epoch to Postgres' own, 2000-01-01.
    static let postgresEpochMicroseconds: Int64 = 946_684_800_000_000

    var year: Int64
    var month: Int64
    var day: Int64
    var microsecondOfDay: Int64

    private static let microsecondsPerDay: Int64 = 86_400_000_000

    init(microsecondsSince1970: Int64) {
        var days = microsecondsSince1970 / Self.microsecondsPerDay
        var rest = microsecondsSince1970 % Self.microsecondsPerDay
        if rest < 0 {
            rest += Self.microsecondsPerDay
            days -= 1
        }
        microsecondOfDay = rest
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// `2026-01-31 23:59:59.123456+00`, with ` BC` after it for years before 1.
    var text: String {
        let seconds = microsecondOfDay / 1_000_000
        let date = [
            Self.padded(year > 0 ? year : 1 - year, 4), Self.padded(month, 2), Self.padded(day, 2),
        ]
        let time = [
            Self.padded(seconds / 3_600, 2), Self.padded(seconds / 60 % 60, 2),
            Self.padded(seconds % 60, 2),
        ]
        return date.joined(separator: "-") + " " + time.joined(separator: ":") + "."
            + Self.padded(microsecondOfDay % 1_000_000, 6) + "+00" + (year > 0 ? "" : " BC")
    }

    /// Reads the text Postgres prints for a `timestamptz` in UTC, style ISO; nil if it is not one
    /// (as are `infinity` and years BC).
    static func microseconds(in text: Span<UInt8>) -> Int64? {
        var reader = DigitReader()
        guard let year = reader.number(in: text, digits: 4...6), reader.skip("-", in: text),
            let month = reader.number(in: text, digits: 2...2), reader.skip("-", in: text),
            let day = reader.number(in: text, digits: 2...2)
        else { return nil }
        var micros: Int64 = 0
        if !reader.isAtEnd(of: text) {
            guard reader.skip(" ", in: text), let hours = reader.number(in: text, digits: 2...2),
                reader.skip(":", in: text),
                let minutes = reader.number(in: text, digits: 2...2), reader.skip(":", in: text),
                let seconds = reader.number(in: text, digits: 2...2)
            else { return nil }
            micros = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000
            if reader.skip(".", in: text) {
                guard let fraction = reader.fraction(in: text, digits: 6) else { return nil }
                micros += fraction
            }
            if reader.skip("+", in: text), reader.number(in: text, digits: 2...2) != 0 {
                return nil
            }
        }
        guard reader.isAtEnd(of: text) else { return nil }
        return days(year: year, month: month, day: day) * microsecondsPerDay + micros
    }

    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
