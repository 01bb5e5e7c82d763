/// What one start of one pod tells about itself: cumulative, never a difference, so that a lost,
/// repeated or late message does no harm; see `merge`.
package struct PodStats: Sendable, Equatable {
    package var podID: String
    /// Random for each start.
    package var bootID: String
    /// Creation time of the stream in nanoseconds since 1970; 0 in messages of the original engine,
    /// which name none.
    package var epoch: Int64
    /// The version of the boot's row of totals that the stored-side figures come from.
    package var version: Int64 = 0
    package var totalBets: Int64 = 0
    /// Sum of the stored stakes in 10⁻⁸.
    package var totalValueUnits: Int128 = 0
    package var duplicates: Int64 = 0
    /// By the reason's wire name.
    package var rejected: [String: Int64] = [:]
    /// Bets whose effect on the odds counters this boot applied.
    package var oddsUpdates: Int64 = 0
    /// Failed attempts to commit a batch.
    package var databaseFailures: Int64 = 0
    /// Batches whose effect on the odds counters failed and was left to the repair.
    package var redisFailures: Int64 = 0
    /// Messages that had their outcome before, or were met twice.
    package var redeliveries: Int64 = 0
    /// From storage in the stream to the acknowledgement.
    package var latency = LatencyHistogram.empty
    /// Microseconds since 1970.
    package var startedAt: Int64 = 0
    /// Microseconds since 1970.
    package var sentAt: Int64 = 0
    package var build: String = ""
    /// Said by the last message of a start.
    package var isStopping = false

    /// Stands for the start of a pod whose messages name none, as the original engine's.
    package static let seedBootID = "seed"

    package init(podID: String, bootID: String, epoch: Int64) {
        self.podID = podID
        self.bootID = bootID
        self.epoch = epoch
    }
}
