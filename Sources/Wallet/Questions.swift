import Betting
import Ledger
import LedgerStore
import PostgresClient
import WebServer

/// What a request asks of the ledger, once it is understood: run on a thread that may wait.
typealias Question = @Sendable (LedgerStore) throws(PostgresError) -> Answer

/// Understands the requests of players, all but the placing of bets.
struct PlayerQuestions: Sendable {
    func bet(_ request: HTTPRequest, _ user: UserID) throws(Problem) -> Question {
        let id = try Self.betID(request)
        return { store throws(PostgresError) in
            guard let bet = try store.bet(id, of: user) else {
                return .problem(Problem(.betNotFound))
            }
            return .done(Answers.tagged(Answers.bet(bet), for: request))
        }
    }

    func bets(_ request: HTTPRequest, _ user: UserID) throws(Problem) -> Question {
        let query = try PageQuery(request, known: ["status", "cursor", "limit"])
        let (state, cursor, limit) = (
            try query.choice("status") as BetState?, try query.number(), try query.limit()
        )
        return { store throws(PostgresError) in
            let bets = try store.bets(of: user, state: state, before: cursor, limit: limit + 1)
            let page = Page(bets, limit: limit) { Cursor(text: "\($0.number)") }
            return .done(Answers.tagged(Answers.bets(page), for: request))
        }
    }

    func cancel(_ request: HTTPRequest, _ user: UserID) throws(Problem) -> Question {
        let id = try Self.betID(request)
        return { store throws(PostgresError) in
            switch try store.cancelBet(id, of: user) {
            case .refunded(let bet, let amount, let balance):
                .done(.json(Answers.cancelled(bet, amount, balance)))
            case .nothingOpen(let bet): .problem(Answers.notCancellable(bet))
            case .unknown: .problem(Problem(.betNotFound))
            }
        }
    }

    func wallet(_ request: HTTPRequest, _ user: UserID) throws(Problem) -> Question {
        _ = try PageQuery(request, known: [])
        return { store throws(PostgresError) in
            .done(Answers.tagged(Answers.wallet(try store.wallet(of: user)), for: request))
        }
    }

    func ledger(_ request: HTTPRequest, _ user: UserID) throws(Problem) -> Question {
        let query = try PageQuery(request, known: ["cursor", "limit"])
        let (cursor, limit) = (try query.number(), try query.limit())
        return { store throws(PostgresError) in
            let entries = try store.ledger(of: user, before: cursor, limit: limit + 1)
            let page = Page(entries, limit: limit) { Cursor(text: "\($0.id)") }
            return .done(Answers.tagged(Answers.ledger(page), for: request))
        }
    }

    func rounds(_ request: HTTPRequest) throws(Problem) -> Question {
        let query = try PageQuery(request, known: ["status", "cursor", "limit"])
        let (state, limit) = (try query.choice("status") as RoundState?, try query.limit())
        let cursor = try query.round()
        return { store throws(PostgresError) in
            let rounds = try store.rounds(state: state, before: cursor, limit: limit + 1)
            let page = Page(rounds, limit: limit) { round in
                Cursor(text: "\(round.createdAt.microseconds),\(round.id)")
            }
            return .done(Answers.tagged(Answers.rounds(page), for: request))
        }
    }

    func round(_ request: HTTPRequest) throws(Problem) -> Question {
        let id = try OperatorQuestions.roundID(request)
        return { store throws(PostgresError) in
            guard let round = try store.round(id) else { return .problem(Problem(.roundNotFound)) }
            return .done(Answers.tagged(Answers.round(round), for: request))
        }
    }

    private static func betID(_ request: HTTPRequest) throws(Problem) -> BetID {
        guard let text = request.parameters["id"], let id = BetID(text) else {
            throw Problem(.invalidField, "The bet's id must be a UUID.", field: "id")
        }
        return id
    }
}
