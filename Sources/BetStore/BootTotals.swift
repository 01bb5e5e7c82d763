package import Betting

/// What one start of one pod has done in an epoch, as its row in `ingest_totals` stood after the
/// last commit.
package struct BootTotals: Sendable, Equatable {
    /// Grows by one with each commit.
    package var version: Int64 = 0
    package var stored: Int64 = 0
    package var value: MoneySum = .zero
    package var duplicates: Int64 = 0
    package var rejected: Int64 = 0
    package var rejectedByReason: [RejectionReason: Int64] = [:]

    package init() {}
}

/// Who writes: one start of one pod.
package struct Boot: Sendable {
    /// The pod's name.
    package let podID: String
    /// Random for each start, letters and digits.
    package let bootID: String

    package init(podID: String, bootID: String) {
        self.podID = podID
        self.bootID = bootID
    }

    /// The lane of `game_totals` this boot adds to; two boots in one lane only wait for each other.
    var lane: Int {
        bootID.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xffff } % Self.lanes
    }

    private static let lanes = 16
}
