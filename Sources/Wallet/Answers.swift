import Betting
import Cryptography
import Ledger
import LedgerStore
import Telemetry
import WebServer

/// What the API answers, as JSON. Amounts are strings of their exact decimal value, times RFC 3339.
enum Answers {
    /// `{betId, status, balance}`: also what is kept with an Idempotency-Key.
    static func placed(_ placement: Placement, _ balance: MoneySum) -> StoredAnswer {
        placed(placement.betID, .open, balance)
    }

    static func placed(_ id: BetID, _ state: BetState, _ balance: MoneySum) -> StoredAnswer {
        let body = object { json in
            json.field("betId", "\(id)")
            json.field("status", state.rawValue)
            json.field("balance", "\(balance)")
        }
        return StoredAnswer(status: Operation.placeBet.successStatus, body: body)
    }

    /// An answer that was kept, or is.
    static func stored(_ answer: StoredAnswer, isReplayed: Bool = false) -> HTTPResponse {
        replayed(.json(answer.body, status: answer.status), isReplayed)
    }

    static func replayed(_ response: HTTPResponse, _ isReplayed: Bool) -> HTTPResponse {
        var response = response
        if isReplayed {
            response.headers.append((name: "Idempotent-Replayed", value: "true"))
        }
        return response
    }

    static func bet(_ bet: PlacedBet) -> String { object { write(bet, to: &$0) } }

    static func bets(_ page: Page<PlacedBet>) -> String {
        list("bets", page) { write($0, to: &$1) }
    }

    /// `{bet: {…}, refunded, balance}`.
    static func cancelled(_ bet: PlacedBet, _ amount: Money, _ balance: MoneySum) -> String {
        object { json in
            json.beginObject("bet")
            write(bet, to: &json)
            json.endObject()
            json.field("refunded", "\(amount)")
            json.field("balance", "\(balance)")
        }
    }

    /// Nothing of the bet is open: who asks again, because the answer was lost, learns what came back.
    static func notCancellable(_ bet: PlacedBet) -> Problem {
        let refunded = bet.parts.refunded
        guard refunded > .zero else { return Problem(.notCancellable) }
        let title = ProblemCode.notCancellable.title
        return Problem(.notCancellable, "\(title): \(refunded) was paid back.")
    }

    static func wallet(_ wallet: Wallet) -> String {
        object { json in
            json.field("balance", "\(wallet.balance)")
            json.field("locked", "\(wallet.locked)")
            json.field("version", wallet.version)
        }
    }

    static func ledger(_ page: Page<WalletEntry>) -> String {
        list("entries", page) { entry, json in
            json.field("entryId", "\(entry.id)")
            json.field("kind", entry.kind.rawValue)
            json.field("key", entry.key)
            json.field("amount", "\(entry.amount)")
            json.field("balanceBefore", "\(entry.balanceBefore)")
            json.field("balanceAfter", "\(entry.balanceAfter)")
            json.field("createdAt", "\(entry.createdAt)")
        }
    }

    static func round(_ round: Round) -> String { object { write(round, to: &$0) } }

    static func rounds(_ page: Page<Round>) -> String {
        list("rounds", page) { write($0, to: &$1) }
    }

    /// `{userId, amount, balance}`.
    static func deposit(_ amount: Money, to user: UserID, balance: MoneySum) -> String {
        object { json in
            json.field("userId", user.rawValue)
            json.field("amount", "\(amount)")
            json.field("balance", "\(balance)")
        }
    }

    /// An answer that a client may keep and ask about: 304 while it is the same.
    static func tagged(_ body: String, for request: HTTPRequest) -> HTTPResponse {
        let digest = SHA256.digest(Array(body.utf8)).prefix(12)
        let tag = "\"" + digest.map { hexadecimal($0) }.joined() + "\""
        let headers = [
            (name: "ETag", value: tag), (name: "Cache-Control", value: "private, no-cache"),
        ]
        let known = request.header("If-None-Match")?.split(separator: ",").map { candidate in
            candidate.filter { $0 != " " }
        }
        if let known, known.contains(where: { $0 == tag || $0 == "W/" + tag || $0 == "*" }) {
            return HTTPResponse(status: 304, headers: headers)
        }
        var response = HTTPResponse.json(body)
        response.headers += headers
        return response
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }

    private static func object(_ write: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter()
        json.beginObject()
        write(&json)
        json.endObject()
        return json.text
    }

    /// A page: its rows, each an object, and where the next one begins.
    private static func list<Row>(
        _ name: String,
        _ page: Page<Row>,
        _ write: (Row, inout JSONWriter) -> Void
    ) -> String {
        object { json in
            json.beginArray(name)
            for row in page.rows {
                json.beginObject()
                write(row, &json)
                json.endObject()
            }
            json.endArray()
            Self.write(page.next, to: &json)
        }
    }

    private static func write(_ cursor: Cursor?, to json: inout JSONWriter) {
        if let cursor { json.field("nextCursor", cursor.text) }
    }

    private static func write(_ bet: PlacedBet, to json: inout JSONWriter) {
        json.field("betId", "\(bet.id)")
        json.field("roundId", "\(bet.round)")
        json.field("side", bet.side.rawValue)
        json.field("status", bet.state.rawValue)
        json.field("amount", "\(bet.parts.stake)")
        json.field("remaining", "\(bet.parts.remaining)")
        json.field("matched", "\(bet.parts.matched)")
        json.field("refunded", "\(bet.parts.refunded)")
        json.field("createdAt", "\(bet.createdAt)")
    }

    private static func write(_ round: Round, to json: inout JSONWriter) {
        json.field("roundId", "\(round.id)")
        json.field("status", round.state.rawValue)
        if let result = round.result { json.field("winner", result.rawValue) }
        json.field("createdAt", "\(round.createdAt)")
    }
}
