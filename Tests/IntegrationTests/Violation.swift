import TestSupport

/// A message that is no bet, and the reason it is to be rejected for.
struct Violation: Sendable, CustomStringConvertible {
    let description: String
    let reason: String
    /// The header block of the wire.
    let headers: String?
    let body: [UInt8]

    init(_ description: String, _ reason: String, headers: String? = nil, _ body: [UInt8]) {
        self.description = description
        self.reason = reason
        self.headers = headers
        self.body = body
    }

    /// A bet with one field changed, or left out.
    init(_ reason: String, _ field: String, _ value: String?) {
        self.init("\(field) = \(value ?? "nothing")", reason, BetText().with(field, value).body)
    }

    /// Every rule of the contract broken once and more.
    static let all = bodies + fields + amounts + others + statuses

    private static let protobuf = "NATS/1.0\r\nContent-Type: application/x-protobuf\r\n\r\n"
    private static let plainText = "NATS/1.0\r\nContent-Type: text/plain\r\n\r\n"

    private static let tail = #","id":1}"#

    private static let bodies = [
        Violation("empty", "malformed", []),
        Violation("no JSON", "malformed", Array("a bet".utf8)),
        Violation("an array", "malformed", Array("[\(BetText().text)]".utf8)),
        Violation("cut off", "malformed", BetText().body.dropLast()),
        Violation("trailing bytes", "malformed", Array((BetText().text + "x").utf8)),
        Violation("a BOM", "malformed", [0xef, 0xbb, 0xbf] + BetText().body),
        Violation("a NUL", "malformed", BetText().body + [0]),
        Violation("trailing comma", "malformed", Array((BetText().text.dropLast() + ",}").utf8)),
        Violation("a key twice", "malformed", Array((BetText().text.dropLast() + tail).utf8)),
        Violation("malformed", "unknown_field", "tru"),
        Violation("malformed", "amount", "042"),
        Violation("no protobuf", "malformed", headers: protobuf, [0xff, 0xff]),
        Violation("too long", "too_large", BetText().body + Array(repeating: 0x20, count: 4_096)),
        Violation("plain text", "content_type", headers: plainText, BetText().body),
    ]

    private static let fields = [
        Violation("missing_field", "id", nil),
        Violation("missing_field", "game_id", nil),
        Violation("missing_field", "bet_type", nil),
        Violation("missing_field", "amount", nil),
        Violation("missing_field", "timestamp", nil),
        Violation("wrong_type", "id", "1"),
        Violation("wrong_type", "game_id", "null"),
        Violation("wrong_type", "bet_type", "[]"),
        Violation("wrong_type", "amount", "true"),
        Violation("wrong_type", "timestamp", "1717236000"),
        Violation("wrong_type", "selection", "{}"),
        Violation("wrong_type", "user_id", #""7""#),
        Violation("bad_id", "id", #""00000000-0000-0000-0000-000000000000""#),
        Violation("bad_id", "id", #""one""#),
        Violation("bad_game_id", "game_id", #""""#),
        Violation("bad_game_id", "game_id", #""game 1""#),
        Violation("bad_game_id", "game_id", #""\#(String(repeating: "g", count: 65))""#),
        Violation("bad_bet_type", "bet_type", #""Moneyline""#),
        Violation("bad_selection", "selection", #""home/away""#),
        Violation("bad_user_id", "user_id", "0"),
        Violation("bad_user_id", "user_id", "9223372036854775808"),
    ]

    private static let amounts = [
        Violation("amount_range", "amount", "0"),
        Violation("amount_range", "amount", "-42"),
        Violation("amount_range", "amount", "10000.00000001"),
        Violation("amount_range", "amount", "1e400"),
        Violation("amount_precision", "amount", "0.000000001"),
        Violation("amount_precision", "amount", #""42.123456789""#),
    ]

    private static let others = [
        Violation("bad_timestamp", "timestamp", #""2025-06-01T12:00:00""#),
        Violation("bad_timestamp", "timestamp", #""2025-06-01T12:00:60Z""#),
        Violation("bad_timestamp", "timestamp", #""2025-02-29T12:00:00Z""#),
        Violation("bad_timestamp", "timestamp", #""1999-12-31T23:59:59Z""#),
        Violation("bad_timestamp", "timestamp", #""2025-06-01T12:00:00.1234567890Z""#),
    ]

    /// What a client library would take for a word of the server's.
    private static let statuses = [
        "100 Idle Heartbeat", "100 FlowControl Request", "404", "503",
    ].map { Violation($0, "malformed", headers: "NATS/1.0 \($0)\r\n\r\n", []) }
}
