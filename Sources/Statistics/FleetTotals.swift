/// Sums over all starts of all pods within one epoch.
package struct FleetTotals: Sendable, Equatable {
    package var bets: Int64 = 0
    /// In 10⁻⁸.
    package var valueUnits: Int128 = 0
    package var duplicates: Int64 = 0
    /// By the reason's wire name; reasons without rejections are left out.
    package var rejected: [String: Int64] = [:]
    package var oddsUpdates: Int64 = 0
    package var databaseFailures: Int64 = 0
    package var redisFailures: Int64 = 0
    package var redeliveries: Int64 = 0

    package init() {}

    /// All rejections, whatever the reason.
    package var rejectedTotal: Int64 { rejected.values.reduce(0, &+) }

    mutating func add(_ stats: PodStats) { add(stats, sign: 1) }

    mutating func subtract(_ stats: PodStats) { add(stats, sign: -1) }

    private mutating func add(_ stats: PodStats, sign: Int64) {
        bets &+= sign &* stats.totalBets
        valueUnits &+= Int128(sign) &* stats.totalValueUnits
        duplicates &+= sign &* stats.duplicates
        oddsUpdates &+= sign &* stats.oddsUpdates
        databaseFailures &+= sign &* stats.databaseFailures
        redisFailures &+= sign &* stats.redisFailures
        redeliveries &+= sign &* stats.redeliveries
        for (reason, count) in stats.rejected {
            let sum = rejected[reason, default: 0] &+ sign &* count
            rejected[reason] = sum == 0 ? nil : sum
        }
    }
}
