/// Whose money an entry moves. `name` is the table's.
package enum LedgerAccount: Hashable, Sendable {
    /// What a user may stake.
    case wallet(UserID)
    /// Where money comes from: minus all that was ever paid in.
    case deposits
    /// Stakes that are open, or matched and not settled.
    case openStakes
    /// What the operator keeps; nothing flows there yet.
    case house

    package var name: String {
        switch self {
        case .wallet: "wallet"
        case .deposits: "deposits"
        case .openStakes: "open_stakes"
        case .house: "house"
        }
    }

    /// Nil for the accounts of the house.
    package var user: UserID? {
        if case .wallet(let user) = self { user } else { nil }
    }
}
