/// Where a placed bet stands; it follows from `StakeParts`. The raw value is the wire's and the
/// table's name.
package enum BetState: String, CaseIterable, Sendable, Hashable {
    /// Nothing of it is matched.
    case open = "OPEN"
    /// A part is matched, a part is open.
    case partlyMatched = "PARTLY_MATCHED"
    /// Nothing is open any more, and not all that is matched is settled.
    case matched = "MATCHED"
    /// All that was matched is won or lost.
    case settled = "SETTLED"
    /// All of it was paid back.
    case refunded = "REFUNDED"

    /// Whether nothing changes any more.
    package var isFinal: Bool { self == .settled || self == .refunded }
}
