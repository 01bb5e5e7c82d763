import Betting
import Foundation
import TestSupport
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        ("2025-01-31T12:00:00Z", "2025-01-31T12:00:00Z"),
        ("2025-01-31t12:00:00z", "2025-01-31T12:00:00Z"),
        ("2025-01-31T12:00:00.5+02:00", "2025-01-31T10:00:00.500000Z"),
        ("2025-01-31T12:00:00.123456789-05:30", "2025-01-31T17:30:00.123456Z"),
        ("2025-01-31T12:00:00.999999999Z", "2025-01-31T12:00:00.999999Z"),
        ("2025-01-31T12:00:00.000000Z", "2025-01-31T12:00:00Z"),
        ("2025-01-31T12:00:00-00:00", "2025-01-31T12:00:00Z"),
        ("2000-02-29T23:59:59Z", "2000-02-29T23:59:59Z"),
        ("2024-02-29T00:00:00+23:59", "2024-02-28T00:01:00Z"),
        ("2000-01-01T00:00:00Z", "2000-01-01T00:00:00Z"),
        ("1999-12-31T23:00:00-01:00", "2000-01-01T00:00:00Z"),
        ("2100-12-31T23:59:59.999999Z", "2100-12-31T23:59:59.999999Z"),
        ("2101-01-01T00:59:59+01:00", "2100-12-31T23:59:59Z"),
    ])
    func `RFC 3339 is read in any zone and written in UTC`(text: String, written: String) throws {
        let timestamp = try #require(Timestamp(text))
        #expect(timestamp.description == written)
        #expect(Timestamp(written) == timestamp)
    }

    @Test(arguments: [
        "", "2025-01-31", "2025-01-31T12:00:00", "2025-01-31 12:00:00Z", "2025-01-31T12:00Z",
        "2025-01-31T12:00:60Z", "2025-01-31T12:60:00Z", "2025-01-31T24:00:00Z",
        "2025-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2025-04-31T00:00:00Z",
        "2025-00-10T00:00:00Z", "2025-13-10T00:00:00Z", "2025-01-00T00:00:00Z",
        "2025-01-32T00:00:00Z", "2025-01-31T12:00:00.Z", "2025-01-31T12:00:00.1234567890Z",
        "2025-01-31T12:00:00,5Z", "2025-01-31T12:00:00+2:00", "2025-01-31T12:00:00+0200",
        "2025-01-31T12:00:00+24:00", "2025-01-31T12:00:00+02:60", "2025-01-31T12:00:00ZZ",
        "2025-01-31T12:00:00Z ", " 2025-01-31T12:00:00Z", "2025-1-31T12:00:00Z",
        "1999-12-31T23:59:59Z", "2101-01-01T00:00:00Z", "2000-01-01T00:00:00+00:01",
        "2100-12-31T23:59:59-00:01", "1970-01-01T00:00:00Z", "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z", "1000000-01-01T00:00:00Z", "-2025-01-31T12:00:00Z",
        "2025-01-31T12:00:00\u{2212}02:00", "2025-01-31T12:00:00[UTC]", "1738324800",
        "２０２５-01-31T12:00:00Z",
    ])
    func `anything else is refused`(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `every instant reads back and agrees with Foundation`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let style = Date.ISO8601FormatStyle()
        for _ in 0..<3_000 {
            let seconds = Int64.random(in: 946_684_800...4_133_980_799, using: &generator)
            let fraction = Int64.random(in: 0...999_999, using: &generator)
            let instant = Timestamp(microseconds: seconds * 1_000_000 + fraction)
            #expect(Timestamp(instant.description) == instant, "seed \(seed)")
            let whole = Timestamp(microseconds: seconds * 1_000_000)
            let date = Date(timeIntervalSince1970: Double(seconds))
            #expect(whole.description == date.formatted(style), "seed \(seed)")
        }
    }
}
