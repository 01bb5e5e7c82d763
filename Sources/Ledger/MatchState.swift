/// Where a match stands. The raw value is the table's name.
package enum MatchState: String, CaseIterable, Sendable, Hashable {
    /// Waits for the round's result. Next: `settled` or `void`.
    case open = "OPEN"
    /// The winner has both parts.
    case settled = "SETTLED"
    /// Both have their part back.
    case void = "VOID"

    /// What the round's result makes of an open match.
    package init(result: RoundResult) { self = result == .void ? .void : .settled }
}
