import Betting
import Testing

@Suite struct BetLimitsTests {
    @Test(arguments: ["0.00000001", "42", "34.0", "1e2", "42.000000000", "10000", "10000.0", "1e4"])
    func `an amount above 0 and up to the limit is taken`(text: String) throws {
        #expect(try BetLimits().amount(text.utf8.span) == Money(decimal: text))
    }

    @Test(
        arguments: [
            ("0", .amountRange), ("-0", .amountRange), ("0.0", .amountRange), ("0e9", .amountRange),
            ("-1", .amountRange), ("-0.000000000001", .amountRange), ("-1e400", .amountRange),
            ("10000.00000001", .amountRange), ("10000.000000000001", .amountRange),
            ("1e400", .amountRange), ("1e40", .amountRange), ("9223372036854775807", .amountRange),
            ("9223372036854775808", .amountRange), ("92233720368.54775808", .amountRange),
            ("1e2147483648", .amountRange), ("1e9223372036854775808", .amountRange),
            ("0.000000001", .amountPrecision), ("10.000000005", .amountPrecision),
            ("9999.999999999", .amountPrecision), ("1e-400", .amountPrecision),
            ("1e-9223372036854775809", .amountPrecision),
            ("abc", .wrongType), ("", .wrongType), ("NaN", .wrongType), ("1.", .wrongType),
            ("042", .wrongType), ("+1", .wrongType), (" 1", .wrongType),
        ] as [(String, RejectionReason)]
    )
    func `any other amount has its reason`(text: String, reason: RejectionReason) {
        #expect(throws: reason) { try BetLimits().amount(text.utf8.span) }
    }

    @Test func `the limit is configured`() throws {
        let limits = BetLimits(maxAmount: try Money(decimal: "0.5"))
        #expect(try limits.amount("0.5".utf8.span).units == 50_000_000)
        #expect(throws: RejectionReason.amountRange) { try limits.amount("0.50000001".utf8.span) }
    }

    @Test func `the reasons are the closed list of the contract`() {
        #expect(
            RejectionReason.allCases.map(\.rawValue) == [
                "malformed", "too_large", "content_type", "missing_field", "wrong_type", "bad_id",
                "bad_game_id", "bad_bet_type", "bad_selection", "bad_user_id", "amount_range",
                "amount_precision", "bad_timestamp", "id_conflict", "poison",
            ]
        )
    }
}
