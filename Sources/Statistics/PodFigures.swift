/// How a pod does, as far as can be told from here.
package enum PodState: String, Sendable, Comparable, CaseIterable {
    /// Heard of within `FleetMonitor.staleAfter`.
    case live
    /// Silent for longer.
    case stale
    /// Its last message said so.
    case stopped

    private var rank: Int {
        switch self {
        case .live: 0
        case .stale: 1
        case .stopped: 2
        }
    }

    package static func < (left: PodState, right: PodState) -> Bool { left.rank < right.rank }
}

/// A pod of the table.
package struct PodFigures: Sendable {
    /// All that is known of this start.
    package let stats: PodStats
    package let state: PodState
    /// Since the last sign of life.
    package let silence: Duration
    /// Over the last second.
    package let betsPerSecond: Double
    /// From publish to acknowledgement over the last 10 s; nil when there was none.
    package let p50Microseconds: Int64?
    package let p99Microseconds: Int64?
}
