/// What a bet is on: one of the two ways a round may end.
package enum Side: String, CaseIterable, Sendable, Hashable {
    case a = "A"
    case b = "B"

    package var opposite: Side { self == .a ? .b : .a }
}
