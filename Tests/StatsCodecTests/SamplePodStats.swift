import Statistics

extension PodStats {
    /// Every figure differs from its default and from the others.
    static var sample: PodStats {
        var stats = PodStats(podID: "backend-1", bootID: "00ff", epoch: 1_700_000_000_000_000_001)
        stats.version = 12
        stats.totalBets = 34
        stats.totalValueUnits = 12_345_678_901_234_567_890_123
        stats.rejected = ["malformed": 2, "bad_id": 1]
        stats.duplicates = 5
        stats.oddsUpdates = 6
        stats.databaseFailures = 7
        stats.redisFailures = 8
        stats.redeliveries = 9
        stats.latency.record(microseconds: 100)
        stats.startedAt = 1_750_000_000_000_000
        stats.sentAt = 1_750_000_000_100_000
        stats.build = "0.1.0"
        return stats
    }
}
