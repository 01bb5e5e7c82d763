import Foundation
import TestSupport
import Testing

@testable import Wallet

/// The HTTP rows of the table of bad inputs: a status with a stable code, and nothing changed.
@Suite(.serialized) struct `Bad input` {
    static let world = Task { try await APIWorld.start() }
    static let user: Int64 = 77

    struct Row: Sendable, CustomTestStringConvertible {
        let body: String
        let status: Int
        let code: String
        var field = ""

        var testDescription: String { "\(body.prefix(70)) → \(status) \(code)" }
    }

    private static func amount(_ text: String, _ status: Int, _ code: String) -> Row {
        Row(
            body: #"{"roundId":"r","side":"A","amount":\#(text)}"#,
            status: status,
            code: code,
            field: "amount"
        )
    }

    private static func broken(_ body: String) -> Row {
        Row(body: body, status: 400, code: "malformed")
    }

    private static func deep(_ levels: Int) -> String {
        let open = String(repeating: #"{"a":"#, count: levels)
        return open + "1" + String(repeating: "}", count: levels)
    }

    static let rows: [Row] = [
        // Not strict JSON: empty, cut, behind the end, twice, trailing comma, BOM, deep.
        broken(""), broken("{"), broken(#"{"roundId":"r""#), broken("hello"), broken("[]"),
        broken("null"), broken(#"{"roundId":"r"} x"#), broken(#"{"side":"A","side":"B"}"#),
        broken(#"{"side":"A",}"#), broken("\u{FEFF}{}"), broken(deep(10)), broken(deep(2_000)),
        broken(#"{"roundId":"\u0000"}"#), broken(#"{"roundId":"\ud800"}"#),
        broken(#"{"amount":NaN}"#), broken(#"{"amount":Infinity}"#), broken(#"{"amount":01}"#),
        broken(#"{"amount":+1}"#), broken(#"{"amount":.5}"#),
        // Unknown fields, mass assignment among them.
        Row(
            body: #"{"roundId":"r","side":"A","amount":1,"status":"SETTLED"}"#,
            status: 400,
            code: "unknown_field",
            field: "status"
        ),
        Row(
            body: #"{"roundId":"r","side":"A","amount":1,"userId":1}"#,
            status: 400,
            code: "unknown_field",
            field: "userId"
        ),
        // Missing, null, another type.
        Row(body: "{}", status: 400, code: "missing_field", field: "roundId"),
        Row(
            body: #"{"roundId":"r","side":"A"}"#,
            status: 400,
            code: "missing_field",
            field: "amount"
        ),
        Row(body: #"{"roundId":null}"#, status: 400, code: "invalid_field", field: "roundId"),
        Row(body: #"{"roundId":5}"#, status: 400, code: "invalid_field", field: "roundId"),
        Row(body: #"{"roundId":""}"#, status: 400, code: "invalid_field", field: "roundId"),
        Row(
            body: #"{"roundId":"'; DROP TABLE placed_bets;--"}"#,
            status: 400,
            code: "invalid_field",
            field: "roundId"
        ),
        Row(body: #"{"roundId":"r‮x"}"#, status: 400, code: "invalid_field", field: "roundId"),
        Row(body: #"{"roundId":"a.*.>"}"#, status: 400, code: "invalid_field", field: "roundId"),
        Row(
            body: #"{"roundId":"\#(String(repeating: "r", count: 65))"}"#,
            status: 400,
            code: "invalid_field",
            field: "roundId"
        ),
        Row(
            body: #"{"roundId":"r","side":"a"}"#,
            status: 400,
            code: "invalid_field",
            field: "side"
        ),
        Row(
            body: #"{"roundId":"r","side":"void"}"#,
            status: 400,
            code: "invalid_field",
            field: "side"
        ),
        // Amounts.
        amount("true", 400, "invalid_field"), amount("null", 400, "invalid_field"),
        amount("[1]", 400, "invalid_field"), amount("\"\"", 400, "invalid_field"),
        amount("\"NaN\"", 400, "invalid_field"), amount("\" 1\"", 400, "invalid_field"),
        amount("\"1,5\"", 400, "invalid_field"), amount("\"0x10\"", 400, "invalid_field"),
        amount("0", 422, "amount_range"), amount("-0", 422, "amount_range"),
        amount("\"-5\"", 422, "amount_range"), amount("1e400", 422, "amount_range"),
        amount("9223372036854775807", 422, "amount_range"),
        amount("9223372036854775808", 422, "amount_range"),
        amount("1" + String(repeating: "0", count: 40), 422, "amount_range"),
        amount("10000.00000001", 422, "amount_range"),
        amount("0.000000001", 422, "amount_precision"),
        amount("1.123456789", 422, "amount_precision"),
        amount("1." + String(repeating: "3", count: 30), 422, "amount_precision"),
        // What is right, where there is no such round.
        Row(
            body: #"{"roundId":"r","side":"A","amount":1e2}"#,
            status: 404,
            code: "round_not_found",
            field: "roundId"
        ),
        Row(
            body: #"{"roundId":"r","side":"A","amount":34.0}"#,
            status: 404,
            code: "round_not_found",
            field: "roundId"
        ),
    ]

    @Test(arguments: rows) func `in a body`(row: Row) async throws {
        let world = try await Self.world.value
        let reply = try await world.client(Self.user).post("/api/bets", row.body, key: "k")
        #expect(reply.status == row.status, "\(reply.text)")
        #expect(reply.code == row.code)
        #expect(reply["field"] == row.field)
        #expect(reply.headers["content-type"] == "application/problem+json")
        #expect(reply["type"] == "urn:betting:problem:\(row.code)")
        #expect(reply["status"] == "\(row.status)")
    }

    @Test func `that is no UTF-8`() async throws {
        let world = try await Self.world.value
        let body: [UInt8] = Array(#"{"roundId":""#.utf8) + [0xC0, 0xAF] + Array(#""}"#.utf8)
        let headers = [("Content-Type", "application/json"), ("Idempotency-Key", "k")]
        let reply = try await world.client(Self.user)
            .ask("POST", "/api/bets", headers: headers, body: body)
        #expect([reply.status.description, reply.code] == ["400", "malformed"])
    }

    @Test func `that is too large`() async throws {
        let world = try await Self.world.value
        let body = #"{"roundId":"\#(String(repeating: "x", count: 17_000))"}"#
        let reply = try await world.client(Self.user).post("/api/bets", body, key: "k")
        #expect([reply.status.description, reply.code] == ["413", "body_too_large"])
        #expect(reply.headers["content-type"] == "application/problem+json")
    }

    @Test(
        arguments: [
            nil, "text/plain", "application/x-www-form-urlencoded", "application/jsonx",
            "application/problem+json", "application/json; charset=latin1", "",
        ]
    )
    func `of another type`(type: String?) async throws {
        let world = try await Self.world.value
        let reply = try await world.client(Self.user)
            .post("/api/bets", "{}", key: "k", type: type)
        #expect([reply.status.description, reply.code] == ["415", "unsupported_media_type"])
    }

    @Test(arguments: [
        "application/json; charset=utf-8", "Application/JSON", "application/json;x=y",
    ])
    func `is not a type written otherwise`(type: String) async throws {
        let world = try await Self.world.value
        let reply = try await world.client(Self.user)
            .post("/api/bets", "{}", key: "k", type: type)
        #expect(reply.code == "missing_field")
    }

    @Test(
        arguments: [
            (nil, "idempotency_key_required"), ("", "idempotency_key_required"),
            (String(repeating: "k", count: 256), "idempotency_key_invalid"),
            (String(repeating: "k", count: 300), "idempotency_key_invalid"),
            ("ключ", "idempotency_key_invalid"), ("a\u{7F}", "idempotency_key_invalid"),
        ] as [(String?, String)]
    )
    func `in the Idempotency-Key`(key: String?, code: String) async throws {
        let world = try await Self.world.value
        for path in ["/api/bets", "/api/admin/deposits"] {
            let reply = try await world.operatorClient().post(path, "{}", key: key)
            #expect(reply.status == 400, "\(reply.text)")
            // A header that is no ASCII may be refused before the API sees it.
            #expect([code, "malformed_request"].contains(reply.code), "\(reply.text)")
        }
    }

    @Test(
        arguments: [
            ("/api/bets?limit=0", "limit"), ("/api/bets?limit=-1", "limit"),
            ("/api/bets?limit=1e3", "limit"), ("/api/bets?limit=", "limit"),
            ("/api/bets?cursor=garbage", "cursor"), ("/api/bets?cursor=-5", "cursor"),
            ("/api/bets?cursor=%2B5", "cursor"), ("/api/bets?status=open", "status"),
            ("/api/bets?status=%25", "status"), ("/api/bets?offset=7", "offset"),
            ("/api/bets?limit=5&limit=6", "limit"), ("/api/wallet?user=5", "user"),
            ("/api/wallet/ledger?cursor=99999999999999999999", "cursor"),
            ("/api/rounds?cursor=5", "cursor"), ("/api/rounds?cursor=5,%27", "cursor"),
            ("/api/rounds?cursor=99999999999999999,r", "cursor"),
        ]
    )
    func `in a query`(path: String, field: String) async throws {
        let world = try await Self.world.value
        let reply = try await world.client(Self.user).get(path)
        #expect([reply.status.description, reply.code] == ["400", "invalid_query"])
        #expect(reply["field"] == field)
    }

    @Test func `of a page that is too long is cut`() async throws {
        let world = try await Self.world.value
        for limit in ["1000000000", "99999999999999999999999"] {
            #expect(try await world.client(Self.user).get("/api/bets?limit=\(limit)").status == 200)
        }
    }

    @Test(
        arguments: [
            "x", "00000000-0000-0000-0000-000000000000",
            "%7B01234567-89ab-4def-8123-456789abcdef%7D",
            "01234567-89ab-4def-8123-456789abcdeg", "0123456789ab4def8123456789abcdef", "%27",
        ]
    )
    func `in a bet's id`(id: String) async throws {
        let world = try await Self.world.value
        let reply = try await world.client(Self.user).get("/api/bets/\(id)")
        #expect(
            [reply.status.description, reply.code, reply["field"]] == [
                "400", "invalid_field", "id",
            ]
        )
    }

    @Test func `in a bet's id is not its case`() async throws {
        let world = try await Self.world.value
        let id = "01234567-89AB-4DEF-8123-456789ABCDEF"
        #expect(try await world.client(Self.user).get("/api/bets/\(id)").code == "bet_not_found")
    }

    @Test(
        arguments: [
            ("PUT", "/api/bets", 405, "method_not_allowed"),
            ("DELETE", "/api/wallet", 405, "method_not_allowed"),
            ("BREW", "/api/wallet", 405, "method_not_allowed"),
            ("GET", "/api/nothing", 404, "not_found"),
            ("GET", "/api/bets/", 404, "not_found"),
            ("GET", "/api/wallet/../../etc/passwd", 404, "not_found"),
        ]
    )
    func `in method and path`(
        method: String,
        path: String,
        status: Int,
        code: String
    ) async throws {
        let world = try await Self.world.value
        let reply = try await world.client(Self.user).ask(method, path)
        #expect(reply.status == status)
        #expect(reply.code == code)
        #expect(reply.headers["content-type"] == "application/problem+json")
    }

    @Test(
        arguments: [
            (#"{"userId":0,"amount":1}"#, "invalid_field"),
            (#"{"userId":-1,"amount":1}"#, "invalid_field"),
            (#"{"userId":1.0,"amount":1}"#, "invalid_field"),
            (#"{"userId":"1","amount":1}"#, "invalid_field"),
            (#"{"userId":9223372036854775808,"amount":1}"#, "invalid_field"),
            (#"{"userId":1,"amount":1000000.00000001}"#, "amount_range"),
        ]
    )
    func `in a deposit`(body: String, code: String) async throws {
        let world = try await Self.world.value
        let reply = try await world.operatorClient()
            .post("/api/admin/deposits", body, key: "bad deposit")
        #expect(reply.code == code)
    }

    @Test(
        arguments: [
            ("Authorization", "Bearer x", 401, "token_invalid"),
            ("Idempotency-Key", "other", 400, "idempotency_key_invalid"),
            ("Content-Type", "application/json", 415, "unsupported_media_type"),
        ]
    )
    func `in a header that is there twice`(
        name: String,
        value: String,
        status: Int,
        code: String
    ) async throws {
        let world = try await Self.world.value
        let reply = try await world.client(Self.user)
            .post("/api/bets", "{}", key: "k", headers: [(name, value)])
        #expect([reply.status.description, reply.code] == ["\(status)", code])
    }

    @Test func `changes nothing`() async throws {
        let world = try await Self.world.value
        let wallet = try await world.client(Self.user).get("/api/wallet")
        #expect([wallet["balance"], wallet["locked"], wallet["version"]] == ["0", "0", "0"])
        #expect(try world.number("SELECT count(*) FROM placed_bets") == 0)
    }
}
