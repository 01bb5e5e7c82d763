/// The fleet's figures by epoch: those of the stream there is, and those of streams that are about
/// to be.
///
/// Pods may tell of a new stream before its epoch is known here; their reports are kept apart. What
/// belongs to an epoch before the current one is of no interest any more.
package struct FleetHistory: Sendable {
    /// Epochs that are kept beside the current one; the newest win.
    private static let waitingEpochsMax = 4
    /// Starts that are kept of each of those.
    private static let waitingBootsMax = 1_000
    /// Reports of the original engine name no epoch: they belong to the first one that is known.
    private static let unnamed: Int64 = 0

    /// Nil while nobody knows.
    package private(set) var epoch: Int64?
    /// The figures of the current epoch.
    package private(set) var current: FleetStats
    private var waiting: [Int64: FleetStats] = [:]
    private let bootsMax: Int

    package init(bootsMax: Int = FleetStats.bootsMax) {
        self.bootsMax = bootsMax
        current = FleetStats(bootsMax: bootsMax)
    }

    /// From now on this is the stream's epoch: totals start anew with what is known of it.
    ///
    /// - Returns: whether it is another one than before.
    package mutating func begin(epoch: Int64) -> Bool {
        guard epoch != self.epoch else { return false }
        let isFirst = self.epoch == nil
        self.epoch = epoch
        current = FleetStats(bootsMax: bootsMax)
        if let known = waiting[epoch] { current.merge(known) }
        if isFirst, let known = waiting[Self.unnamed] { current.merge(known) }
        waiting = waiting.filter { $0.key > epoch }
        return true
    }

    /// Takes in a report.
    ///
    /// - Returns: what it changed in the current epoch; nil when it is another one's.
    package mutating func merge(_ report: PodStats) -> FleetStats.Outcome? {
        guard let epoch else {
            keep(report)
            return nil
        }
        if report.epoch == epoch || report.epoch == Self.unnamed { return current.merge(report) }
        if report.epoch > epoch { keep(report) }
        return nil
    }

    private mutating func keep(_ report: PodStats) {
        var fleet = waiting[report.epoch] ?? FleetStats(bootsMax: Self.waitingBootsMax)
        waiting[report.epoch] = nil
        _ = fleet.merge(report)
        waiting[report.epoch] = fleet
        guard waiting.count > Self.waitingEpochsMax,
            let oldest = waiting.keys.filter({ $0 != Self.unnamed }).min()
        else { return }
        waiting[oldest] = nil
    }

    /// See `FleetStats.compact`.
    package mutating func compact(_ key: BootKey) { current.compact(key) }
}
