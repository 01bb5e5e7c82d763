/// How a round ended. The raw value is the wire's and the table's name.
package enum RoundResult: String, CaseIterable, Sendable, Hashable {
    case a = "A"
    case b = "B"
    /// Nobody has won: everything is paid back.
    case void

    /// Nil when nobody has won.
    package var winner: Side? {
        switch self {
        case .a: .a
        case .b: .b
        case .void: nil
        }
    }
}
