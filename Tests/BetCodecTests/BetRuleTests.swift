import BetCodec
import Betting
import Testing

@Suite struct BetRuleTests {
    private let decoder = BetDecoder()

    @Test func `the fields arrive as they were sent`() throws {
        let body = BetJSON().with("selection", #""home""#).with("user_id", "7").text
        let bet = try decoder.decode(body)
        #expect(bet.id.description == "0189f7e2-1a2b-7c3d-8e4f-5a6b7c8d9e0f")
        #expect(bet.gameID.description == "game_123")
        #expect(bet.betType == .moneyline)
        #expect(bet.amount.description == "42.5")
        #expect(bet.placedAt.description == "2025-01-31T12:00:00Z")
        #expect(bet.selection.description == "home")
        #expect(bet.userID == 7)
        #expect(decoder.unknownFieldCount == 0)
    }

    @Test func `what is optional may be absent`() throws {
        let bet = try decoder.decode(BetJSON().text)
        #expect(bet.selection == .none)
        #expect(bet.userID == nil)
    }

    @Test(arguments: ["id", "game_id", "bet_type", "amount", "timestamp"])
    func `what is mandatory may not be absent`(field: String) throws {
        #expect(decoder.reason(BetJSON().with(field, nil).text) == .missingField)
    }

    @Test(arguments: [
        "id", "game_id", "bet_type", "amount", "timestamp", "selection", "user_id",
    ])
    func `null, true, an array or an object is no field's type`(field: String) {
        for value in ["null", "true", "false", "[]", "[1]", "{}", #"{"a":1}"#] {
            #expect(decoder.reason(BetJSON().with(field, value).text) == .wrongType, "\(value)")
        }
    }

    @Test(
        arguments: [
            ("id", "5", .wrongType), ("game_id", "5", .wrongType), ("bet_type", "0", .wrongType),
            ("timestamp", "1738324800", .wrongType), ("selection", "1", .wrongType),
            ("user_id", #""5""#, .wrongType), ("amount", #""""#, .wrongType),
            ("amount", #""abc""#, .wrongType), ("amount", #""NaN""#, .wrongType),
            ("amount", #"" 1""#, .wrongType), ("amount", #""042""#, .wrongType),
            ("id", #""""#, .badID), ("id", #""not-a-uuid""#, .badID),
            ("id", #""00000000-0000-0000-0000-000000000000""#, .badID),
            ("id", #""{0189f7e2-1a2b-7c3d-8e4f-5a6b7c8d9e0f}""#, .badID),
            ("game_id", #""""#, .badGameID), ("game_id", #""a b""#, .badGameID),
            ("game_id", #""'; DROP TABLE bets;--""#, .badGameID),
            ("game_id", #""\u202e""#, .badGameID),
            ("game_id", #""<script>""#, .badGameID), ("game_id", #""😀""#, .badGameID),
            ("game_id", #""\n""#, .badGameID),
            ("game_id", "\"\(String(repeating: "g", count: 65))\"", .badGameID),
            ("bet_type", #""""#, .badBetType), ("bet_type", #""Moneyline""#, .badBetType),
            ("bet_type", #""lottery""#, .badBetType),
            ("selection", #""""#, .badSelection), ("selection", #""home team""#, .badSelection),
            ("user_id", "0", .badUserID), ("user_id", "-1", .badUserID),
            ("user_id", "-0", .badUserID),
            ("user_id", "42.0", .badUserID), ("user_id", "1e2", .badUserID),
            ("user_id", "1.5", .badUserID),
            ("user_id", "9223372036854775808", .badUserID), ("user_id", "1e400", .badUserID),
            ("amount", "0", .amountRange), ("amount", "-0", .amountRange),
            ("amount", "-1", .amountRange),
            ("amount", "1e400", .amountRange), ("amount", "1e40", .amountRange),
            ("amount", "9223372036854775807", .amountRange),
            ("amount", "9223372036854775808", .amountRange), ("amount", "10000.01", .amountRange),
            ("amount", "10000.000000000001", .amountRange), ("amount", #""10001""#, .amountRange),
            ("amount", "10.000000005", .amountPrecision), ("amount", "1e-9", .amountPrecision),
            ("amount", #""0.123456789012345678901234567890""#, .amountPrecision),
            ("amount", "1e-999999999999999999", .amountPrecision),
            ("timestamp", #""""#, .badTimestamp), ("timestamp", #""2025-01-31""#, .badTimestamp),
            ("timestamp", #""2025-01-31T12:00:60Z""#, .badTimestamp),
            ("timestamp", #""1970-01-01T00:00:00Z""#, .badTimestamp),
            ("timestamp", #""1000000-01-01T00:00:00Z""#, .badTimestamp),
            ("timestamp", #""2025-01-31T12:00:00""#, .badTimestamp),
        ] as [(String, String, RejectionReason)]
    )
    func `a broken rule has its reason`(field: String, value: String, reason: RejectionReason) {
        #expect(decoder.reason(BetJSON().with(field, value).text) == reason)
    }

    @Test(arguments: [
        ("42", "42"), ("34.0", "34"), ("1e2", "100"), ("42.000000000", "42"), (#""1e2""#, "100"),
        (#""42.50""#, "42.5"), ("0.00000001", "0.00000001"), ("10000", "10000"), ("1E4", "10000"),
        ("0.1", "0.1"), ("1234.56789012", "1234.56789012"), ("5e-1", "0.5"), (#""\u0031""#, "1"),
    ])
    func `an amount is taken by its exact value`(value: String, amount: String) throws {
        #expect(
            try decoder.decode(BetJSON().with("amount", value).text).amount.description == amount
        )
    }

    @Test(arguments: ["1", "9223372036854775807"])
    func `a user is any positive 64-bit number`(value: String) throws {
        let bet = try decoder.decode(BetJSON().with("user_id", value).text)
        #expect(bet.userID == Int64(value))
    }

    @Test func `the first broken rule in the contract's order is the answer`() {
        var bet = BetJSON()
        let broken: [(String, String, RejectionReason)] = [
            ("user_id", "0", .badUserID), ("selection", #""""#, .badSelection),
            ("timestamp", #""""#, .badTimestamp), ("amount", "0", .amountRange),
            ("bet_type", #""""#, .badBetType), ("game_id", "null", .wrongType),
            ("id", #""""#, .badID),
        ]
        for (field, value, reason) in broken {
            bet = bet.with(field, value)
            #expect(decoder.reason(bet.text) == reason)
        }
        #expect(decoder.reason(bet.with("id", nil).text) == .missingField)
        #expect(decoder.reason(bet.with("unknown", "nul").text) == .malformed)
    }

    @Test func `unknown fields are counted, last and total`() throws {
        let bet = BetJSON().with("status", #""won""#).with("payout", "1e999").with("ID", "{}")
        _ = try decoder.decode(bet.text)
        #expect(decoder.unknownFieldCount == 3)
        #expect(decoder.reason(bet.with("amount", "0").text) == .amountRange)
        #expect(decoder.unknownFieldTotal == 6)
        _ = try decoder.decode(BetJSON().text)
        #expect(decoder.unknownFieldCount == 0)
        #expect(decoder.unknownFieldTotal == 6)
    }

    @Test func `a rejection says what is wrong without repeating the message`() {
        let secret = "s3cret"
        let bodies = [
            BetJSON().with("game_id", "\"\(secret) \"").text,
            BetJSON().with("id", "\"\(secret)\"").text,
            BetJSON().with("amount", "\"\(secret)\"").text, "{\"\(secret)\":tru}", secret,
        ]
        for body in bodies {
            let error = #expect(throws: BetRejection.self) { try decoder.decode(body) }
            #expect(error?.description.contains(secret) == false)
            #expect(error?.detail.isEmpty == false)
        }
    }

    @Test(
        arguments: [
            (nil, .json), ("application/json", .json), ("Application/JSON", .json),
            ("application/json; charset=utf-8", .json), (" application/json ;v=1", .json),
            ("application/x-protobuf", .protobuf),
            ("application/x-protobuf;proto=betting.v1.Bet", .protobuf),
            ("", nil), ("text/plain", nil), ("application/jsonx", nil), ("json", nil),
            ("application/protobuf", nil), (";application/json", nil),
            ("application/\u{4A}son2", nil),
        ] as [(String?, ContentType?)]
    )
    func `a content type is compared in any case, without parameters`(
        header: String?,
        type: ContentType?
    ) {
        #expect(ContentType(headerValue: header) == type)
    }
}
