import Betting
import TestSupport
import Testing

@Suite struct MoneyTests {
    @Test(
        arguments: [
            ("42", 4_200_000_000, "42"),
            ("0", 0, "0"),
            ("-0", 0, "0"),
            ("-0.0e5", 0, "0"),
            ("0.1", 10_000_000, "0.1"),
            ("34.0", 3_400_000_000, "34"),
            ("1e2", 10_000_000_000, "100"),
            ("1E+2", 10_000_000_000, "100"),
            ("12.5e-1", 125_000_000, "1.25"),
            ("42.000000000000000000", 4_200_000_000, "42"),
            ("0.00000001", 1, "0.00000001"),
            ("-3.00000001", -300_000_001, "-3.00000001"),
            ("100000000000000000000e-20", 100_000_000, "1"),
            ("0.00000000000000000001e20", 100_000_000, "1"),
            ("0e999999999999999999999", 0, "0"),
            ("92233720368.54775807", Int64.max, "92233720368.54775807"),
            ("-92233720368.54775807", -Int64.max, "-92233720368.54775807"),
        ] as [(String, Int64, String)]
    )
    func `a decimal is read and written exactly`(text: String, units: Int64, written: String) throws
    {
        let money = try Money(decimal: text)
        #expect(money.units == units)
        #expect(money.description == written)
    }

    @Test(
        arguments: [
            ("", .notANumber), ("-", .notANumber), ("+1", .notANumber), ("01", .notANumber),
            ("-01", .notANumber), ("00", .notANumber), (".5", .notANumber), ("5.", .notANumber),
            ("1e", .notANumber), ("1e+", .notANumber), ("0x10", .notANumber), ("NaN", .notANumber),
            ("Infinity", .notANumber), (" 1", .notANumber), ("1 ", .notANumber),
            ("1,5", .notANumber),
            ("1_000", .notANumber), ("1e5.0", .notANumber), ("1.5.2", .notANumber),
            ("--1", .notANumber),
            ("١", .notANumber), ("1\0", .notANumber), ("1f", .notANumber),
            ("0.000000001", .tooPrecise), ("10.000000005", .tooPrecise), ("1e-9", .tooPrecise),
            ("1e-99999999999999999999", .tooPrecise),
            ("0.1234567890123456789012345678901234567890123", .tooPrecise),
            ("92233720368.54775808", .overflow), ("1e400", .overflow), ("1e40", .overflow),
            ("-1e11", .overflow), ("10000000000000000000000000000000000000000", .overflow),
            ("1e999999999999999999999", .overflow),
        ] as [(String, MoneyError)]
    )
    func `a text that is no amount is refused`(text: String, error: MoneyError) {
        #expect(throws: error) { try Money(decimal: text) }
    }

    @Test func `what is written reads back, whatever the amount`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<20_000 {
            let shift = Int64.random(in: 0...62, using: &generator)
            let units = Int64.random(in: -Int64.max ... .max, using: &generator) >> shift
            let money = Money(units: units)
            #expect(try Money(decimal: money.description) == money, "seed \(seed)")
            #expect(try MoneySum(decimal: money.description).units == Int128(units), "seed \(seed)")
        }
    }

    @Test func `moving the point and changing the exponent the other way is the same amount`()
        throws
    {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let units = Int64.random(in: 1...1_000_000_000_000, using: &generator)
            let zeros = Int.random(in: 0...40, using: &generator)
            let padded = "\(units)" + String(repeating: "0", count: zeros) + "e-\(8 + zeros)"
            #expect(try Money(decimal: padded).units == units, "seed \(seed): \(padded)")
            let small = "0." + String(repeating: "0", count: zeros) + "\(units)"
            let scaled = "\(small)e\(zeros + "\(units)".count - 8)"
            #expect(try Money(decimal: scaled).units == units, "seed \(seed): \(scaled)")
        }
    }

    @Test func `sums stay exact and say when they do not fit`() throws {
        let tenth = Money(units: 10_000_000)
        #expect(try tenth.adding(Money(units: 20_000_000)).description == "0.3")
        #expect(try tenth.subtracting(Money(units: 20_000_000)).description == "-0.1")
        #expect(throws: MoneyError.overflow) { try Money(units: .max).adding(Money(units: 1)) }
        #expect(throws: MoneyError.overflow) { try Money(units: .min).subtracting(Money(units: 1)) }
        var total = MoneySum.zero
        for _ in 0..<10 { total += Money(units: .max) }
        #expect(total.description == "922337203685.4775807")
        #expect((total - MoneySum(Money(units: .max))).units == Int128(Int64.max) * 9)
    }

    @Test(
        arguments: [
            (100, 3, 2, MoneyRounding.towardZero, 150),
            (5, 1, 2, .towardZero, 2),
            (-5, 1, 2, .towardZero, -2),
            (5, 1, 2, .halfEven, 2),
            (7, 1, 2, .halfEven, 4),
            (-5, 1, 2, .halfEven, -2),
            (-7, 1, 2, .halfEven, -4),
            (5, 1, -2, .halfEven, -2),
            (8, 1, 3, .halfEven, 3),
            (7, 1, 3, .halfEven, 2),
            (.max, .max, .max, .halfEven, .max),
            (
                1_000_000_000_000, 1_000_000_000_000, 1_000_000_000_000, .towardZero,
                1_000_000_000_000
            ),
        ] as [(Int64, Int64, Int64, MoneyRounding, Int64)]
    )
    func `a product is rounded once, as asked`(
        units: Int64,
        numerator: Int64,
        denominator: Int64,
        rounding: MoneyRounding,
        expected: Int64
    ) throws {
        let product = try Money(units: units).multiplied(
            by: numerator,
            over: denominator,
            rounding: rounding
        )
        #expect(product.units == expected)
    }

    @Test func `a product that does not fit, or a division by nothing, is an overflow`() {
        #expect(throws: MoneyError.overflow) { try Money(units: .max).multiplied(by: 2) }
        #expect(throws: MoneyError.overflow) { try Money(units: .min).multiplied(by: -1) }
        #expect(throws: MoneyError.overflow) { try Money(units: 1).multiplied(by: 1, over: 0) }
    }

    @Test func `sums of 38 digits are read`() throws {
        let text = "123456789012345678901234567890.12345678"
        #expect(try MoneySum(decimal: text).description == text)
        #expect(throws: MoneyError.overflow) { try MoneySum(decimal: "1e30") }
    }
}
