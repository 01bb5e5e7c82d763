import BetStore
import Betting
package import Statistics
import Synchronization

/// The figures of this start of this pod, as its stats messages tell them.
package final class PodCounters: Sendable {
    private struct State {
        var stats: PodStats
        /// Changes with every change that is worth a message.
        var revision = 0
        /// Beside the histogram of `stats`; the stats message does without.
        var latencySumMicroseconds: Int64 = 0
    }

    private let state: Mutex<State>

    package init(_ stats: PodStats) {
        state = Mutex(State(stats: stats))
    }

    /// The figures now, and a number that differs whenever they do.
    package var current: (stats: PodStats, revision: Int) {
        state.withLock { ($0.stats, $0.revision) }
    }

    /// The latencies of all acknowledged messages, added up.
    var latencySumMicroseconds: Int64 { state.withLock { $0.latencySumMicroseconds } }

    /// A batch was committed.
    func committed(_ result: BatchResult) {
        update { stats in
            guard result.totals.version > stats.version else { return }
            stats.version = result.totals.version
            stats.totalBets = result.totals.stored
            stats.totalValueUnits = result.totals.value.units
            stats.duplicates = result.totals.duplicates
            stats.rejected = Dictionary(
                uniqueKeysWithValues: result.totals.rejectedByReason.map {
                    ($0.key.rawValue, $0.value)
                }
            )
            stats.redeliveries += Int64(result.redeliveredCount)
        }
    }

    /// Messages were acknowledged at `nowNanoseconds`; they had been published at these times.
    func acknowledged(publishedNanoseconds: [Int64], at nowNanoseconds: Int64) {
        state.withLock { state in
            for published in publishedNanoseconds {
                let microseconds = max((nowNanoseconds - published) / 1_000, 0)
                state.stats.latency.record(microseconds: microseconds)
                state.latencySumMicroseconds += microseconds
            }
            state.revision += 1
        }
    }

    func oddsApplied(_ bets: Int) { update { $0.oddsUpdates += Int64(bets) } }

    func databaseFailed() { update { $0.databaseFailures += 1 } }

    func redisFailed() { update { $0.redisFailures += 1 } }

    private func update(_ change: (inout PodStats) -> Void) {
        state.withLock {
            change(&$0.stats)
            $0.revision += 1
        }
    }
}
