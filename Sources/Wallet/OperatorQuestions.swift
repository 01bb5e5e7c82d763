import Betting
import Ledger
import LedgerStore
import PostgresClient
import WebServer

/// Understands the requests of operators.
struct OperatorQuestions: Sendable {
    let maxDeposit: Money

    func deposit(_ request: HTTPRequest) throws(Problem) -> Question {
        let key = try RequestKey(request)
        let body = try RequestBody(request, fields: ["userId", "amount"])
        guard let user = UserID(try body.userID("userId")) else { throw Problem(.invalidField) }
        let amount = try body.amount("amount", max: maxDeposit)
        return { store throws(PostgresError) in
            func done(_ balance: MoneySum, isReplayed: Bool) -> Answer {
                let text = Answers.deposit(amount, to: user, balance: balance)
                let status = Operation.deposit.successStatus
                return .done(Answers.replayed(.json(text, status: status), isReplayed))
            }
            return switch try store.deposit(amount, to: user, key: key.text) {
            case .accepted(let balance): done(balance, isReplayed: false)
            case .replayed(let balance): done(balance, isReplayed: true)
            case .keyConflict: .problem(Problem(.keyReused))
            }
        }
    }

    func createRound(_ request: HTTPRequest) throws(Problem) -> Question {
        let id = try RequestBody(request, fields: ["id"]).identifier("id")
        return { store throws(PostgresError) in
            Self.answer(
                try store.createRound(id),
                changedStatus: Operation.createRound.successStatus,
                conflict: .roundClosed
            )
        }
    }

    func closeRound(_ request: HTTPRequest) throws(Problem) -> Question {
        let id = try Self.roundID(request)
        return { store throws(PostgresError) in
            switch try store.closeRound(id) {
            // A round that has its result is closed, too.
            case .conflict(let round): .done(.json(Answers.round(round)))
            case let outcome: Self.answer(outcome, conflict: .roundClosed)
            }
        }
    }

    func resolveRound(_ request: HTTPRequest) throws(Problem) -> Question {
        let id = try Self.roundID(request)
        let body = try RequestBody(request, fields: ["winner"])
        let result: RoundResult = try body.choice("winner")
        return { store throws(PostgresError) in
            Self.answer(try store.resolveRound(id, result), conflict: .resultConflict)
        }
    }

    static func roundID(_ request: HTTPRequest) throws(Problem) -> Identifier {
        guard let text = request.parameters["id"], let id = Identifier(text) else {
            throw Problem(
                .invalidField,
                "The round's id must be 1 to 64 letters, digits, _ . : or -.",
                field: "id"
            )
        }
        return id
    }

    private static func answer(
        _ outcome: RoundOutcome,
        changedStatus: Int = 200,
        conflict: ProblemCode
    ) -> Answer {
        switch outcome {
        case .changed(let round): .done(.json(Answers.round(round), status: changedStatus))
        case .unchanged(let round): .done(.json(Answers.round(round)))
        case .conflict: .problem(Problem(conflict))
        case .unknown: .problem(Problem(.roundNotFound))
        }
    }
}
