/// Where a round stands. The raw value is the wire's and the table's name.
package enum RoundState: String, CaseIterable, Sendable, Hashable {
    /// Takes bets. Next: `closed`, or `resolved` when the result comes first.
    case open = "OPEN"
    /// Takes no bets; what is unmatched is matched or refunded. Next: `resolved`.
    case closed = "CLOSED"
    /// Has its result, for good.
    case resolved = "RESOLVED"

    /// Whether a round may go from here to `next`.
    package func allows(_ next: RoundState) -> Bool {
        switch (self, next) {
        case (.open, .closed), (.open, .resolved), (.closed, .resolved): true
        default: false
        }
    }

    /// Whether bets of the round may be matched with each other: not once its result is known.
    package var allowsMatching: Bool { self != .resolved }
}
