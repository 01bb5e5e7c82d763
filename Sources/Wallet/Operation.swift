import WebServer

/// Everything the API can be asked: a closed table of methods, paths, who may ask, and what may go
/// wrong. The OpenAPI document lists the same; a test compares them.
enum Operation: String, Sendable, CaseIterable {
    case placeBet
    case bet
    case bets
    case cancelBet
    case wallet
    case ledger
    case rounds
    case round
    case deposit
    case createRound
    case closeRound
    case resolveRound

    enum Access: Sendable {
        /// Whoever has a token, about what is their own.
        case player
        /// Whoever has an operator's token.
        case operators
    }

    var method: HTTPMethod {
        switch self {
        case .bet, .bets, .wallet, .ledger, .rounds, .round: .get
        case .placeBet, .cancelBet, .deposit, .createRound, .closeRound, .resolveRound: .post
        }
    }

    /// As `HTTPRoute` has it.
    var pattern: String {
        switch self {
        case .placeBet, .bets: "/api/bets"
        case .bet: "/api/bets/:id"
        case .cancelBet: "/api/bets/:id/cancel"
        case .wallet: "/api/wallet"
        case .ledger: "/api/wallet/ledger"
        case .rounds: "/api/rounds"
        case .round: "/api/rounds/:id"
        case .deposit: "/api/admin/deposits"
        case .createRound: "/api/admin/rounds"
        case .closeRound: "/api/admin/rounds/:id/close"
        case .resolveRound: "/api/admin/rounds/:id/result"
        }
    }

    var access: Access {
        switch self {
        case .deposit, .createRound, .closeRound, .resolveRound: .operators
        default: .player
        }
    }

    /// The status of a request that was done.
    var successStatus: Int {
        switch self {
        case .placeBet: 202
        case .deposit, .createRound: 201
        default: 200
        }
    }

    /// What it may answer instead, beside what every operation may.
    var problems: [ProblemCode] {
        let own: [ProblemCode] =
            switch self {
            case .placeBet:
                Self.body + Self.amount + Self.key
                    + [.insufficientFunds, .roundNotFound, .roundClosed, .betRefused, .queueFull]
                    + [.publishingBehind]
            case .bet: [.invalidField, .betNotFound]
            case .bets, .ledger: [.invalidQuery]
            case .cancelBet: [.invalidField, .betNotFound, .notCancellable]
            case .wallet: [.invalidQuery]
            case .rounds: [.invalidQuery]
            case .round: [.invalidField, .roundNotFound]
            case .deposit: Self.body + Self.amount + Self.key + [.requestInProgress]
            case .createRound: Self.body + [.roundClosed]
            case .closeRound: [.invalidField, .roundNotFound]
            case .resolveRound: Self.body + [.roundNotFound, .resultConflict]
            }
        return own + Self.everywhere + (access == .operators ? [.operatorOnly] : [])
    }

    private static let body: [ProblemCode] = [
        .malformed, .unknownField, .missingField, .invalidField, .unsupportedMediaType,
    ]
    private static let amount: [ProblemCode] = [.amountRange, .amountPrecision]
    private static let key: [ProblemCode] = [.keyRequired, .keyInvalid, .keyReused]

    private static let everywhere: [ProblemCode] = [
        .tokenMissing, .tokenInvalid, .tokenExpired, .rateLimited, .busy, .databaseUnavailable,
        .noAnswerInTime, .stopping, .internalError, .bodyTooLarge, .malformedRequest,
    ]
}
