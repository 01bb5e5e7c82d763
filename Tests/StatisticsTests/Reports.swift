import Statistics

/// What a fleet would send: each start's figures only grow, versions with them.
struct Reports {
    /// By start, oldest first.
    var histories: [[PodStats]] = []

    init(
        boots: Int,
        reportsEach: Int,
        using generator: inout some RandomNumberGenerator
    ) {
        for boot in 0..<boots {
            // Two starts share a name, as after a restart.
            var stats = PodStats(podID: "pod-\(boot / 2)", bootID: "boot-\(boot)", epoch: 7)
            stats.startedAt = Int64(1_000 + boot)
            stats.build = "0.1.0"
            histories.append([])
            for _ in 0..<reportsEach {
                Self.grow(&stats, using: &generator)
                histories[boot].append(stats)
            }
        }
    }

    var all: [PodStats] { histories.flatMap(\.self) }

    /// Some get lost, some come twice, and none in order.
    func disturbed(using generator: inout some RandomNumberGenerator) -> [PodStats] {
        var sent = all.filter { _ in Int.random(in: 0..<3, using: &generator) > 0 }
        sent += sent.filter { _ in Int.random(in: 0..<3, using: &generator) == 0 }
        sent.shuffle(using: &generator)
        return sent
    }

    private static func grow(
        _ stats: inout PodStats,
        using generator: inout some RandomNumberGenerator
    ) {
        stats.sentAt += 100
        stats.databaseFailures += Int64.random(in: 0...1, using: &generator)
        stats.redisFailures += Int64.random(in: 0...1, using: &generator)
        // Some reports tell of no commit, as those of an idle pod.
        guard Bool.random(using: &generator) else { return }
        let bets = Int64.random(in: 0...50, using: &generator)
        stats.version += 1
        stats.totalBets += bets
        stats.totalValueUnits += Int128(bets) * 100_000_001
        stats.duplicates += Int64.random(in: 0...2, using: &generator)
        stats.rejected[
            ["malformed", "bad_id", "poison"].randomElement(using: &generator) ?? "",
            default: 0
        ] += 1
        stats.oddsUpdates += bets
        stats.redeliveries += Int64.random(in: 0...3, using: &generator)
        for _ in 0..<bets {
            stats.latency.record(microseconds: Int64.random(in: 0...500_000, using: &generator))
        }
    }

    /// The stored side alone, as a row of `ingest_totals` has it.
    static func row(_ stats: PodStats) -> PodStats {
        var row = PodStats(podID: stats.podID, bootID: stats.bootID, epoch: stats.epoch)
        row.version = stats.version
        row.totalBets = stats.totalBets
        row.totalValueUnits = stats.totalValueUnits
        row.duplicates = stats.duplicates
        row.rejected = stats.rejected
        row.startedAt = stats.startedAt + 3
        return row
    }
}

/// A fleet that has taken in all of these.
func fleet(_ reports: [PodStats]) -> FleetStats {
    var fleet = FleetStats()
    for report in reports { _ = fleet.merge(report) }
    return fleet
}
