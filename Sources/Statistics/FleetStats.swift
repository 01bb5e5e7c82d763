/// What is known of every start of every pod within one epoch, and its sum.
///
/// Pure: reports go in by `merge` in any order and any number of times, the totals never depend on
/// it and never fall while each start's own figures do not.
package struct FleetStats: Sendable {
    /// Starts that are kept; each is needed as long as the epoch lasts, lest a late report of it
    /// count twice.
    package static let bootsMax = 100_000

    /// What a report changed.
    package enum Outcome: Sendable, Equatable {
        /// The start was not known.
        case new
        /// Something is known now that was not. `latency` is what its histogram grew by, nil when it
        /// did not, or when what it was before had been let go.
        case changed(latency: LatencyHistogram?)
        /// All of it was known.
        case unchanged
        /// There is no room for another start.
        case full
    }

    package private(set) var totals = FleetTotals()

    private var boots: [BootKey: PodStats] = [:]
    /// Starts whose histogram was let go.
    private var compacted: Set<BootKey> = []
    private let bootsMax: Int

    package init(bootsMax: Int = FleetStats.bootsMax) {
        self.bootsMax = bootsMax
    }

    package var bootCount: Int { boots.count }

    package var keys: some Collection<BootKey> { boots.keys }

    package subscript(_ key: BootKey) -> PodStats? { boots[key] }

    /// Takes in a report.
    package mutating func merge(_ report: PodStats) -> Outcome {
        let key = report.key
        guard let index = boots.index(forKey: key) else {
            guard boots.count < bootsMax else { return .full }
            boots[key] = report
            totals.add(report)
            return .new
        }
        let before = boots.values[index]
        boots.values[index].merge(report)
        let after = boots.values[index]
        guard after != before else { return .unchanged }
        totals.subtract(before)
        totals.add(after)
        if compacted.remove(key) != nil || after.latency == before.latency {
            return .changed(latency: nil)
        }
        return .changed(latency: after.latency.since(before.latency))
    }

    /// Takes in all that another one knows.
    package mutating func merge(_ other: FleetStats) {
        for report in other.boots.values { _ = merge(report) }
    }

    /// Lets a start's histogram go, most of its memory; for starts that were silent for long. All
    /// figures that are summed stay.
    package mutating func compact(_ key: BootKey) {
        guard let index = boots.index(forKey: key) else { return }
        boots.values[index].latency = .empty
        compacted.insert(key)
    }
}

extension FleetStats: Equatable {
    package static func == (left: FleetStats, right: FleetStats) -> Bool {
        left.boots == right.boots && left.totals == right.totals
    }
}
