package import Betting

/// What a ledger transaction is for. Each happens once, for ever: the text is unique in the table.
package enum LedgerKey: Hashable, Sendable {
    case deposit(String)
    case bet(BetID)
    case settle(MatchID)
    case void(MatchID, Side)
    case refund(BetID)

    package var kind: LedgerKind {
        switch self {
        case .deposit: .deposit
        case .bet: .bet
        case .settle: .settle
        case .void: .void
        case .refund: .refund
        }
    }

    /// The kind, a colon, and whose turn it was.
    package var text: String {
        let rest =
            switch self {
            case .deposit(let key): key
            case .bet(let bet), .refund(let bet): bet.description
            case .settle(let match): match.description
            case .void(let match, let side): "\(match):\(side.rawValue)"
            }
        return "\(kind.rawValue):\(rest)"
    }
}

/// Kinds of ledger transactions; the raw value is the table's name.
package enum LedgerKind: String, CaseIterable, Sendable, Hashable {
    case deposit = "DEPOSIT"
    case bet = "BET"
    case settle = "SETTLE"
    case void = "VOID"
    case refund = "REFUND"
}
