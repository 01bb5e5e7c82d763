import Statistics
import TestSupport
import Testing

@Suite
struct FleetStatsTests {
    private static let seeds: [UInt64] = [1, 2, 3, 5, 8, 13, 21, 34, 55, 89]

    @Test(arguments: seeds)
    func `the order of reports and their repetition change nothing`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let sent = Reports(boots: 6, reportsEach: 20, using: &generator).disturbed(
            using: &generator
        )
        #expect(fleet(sent) == fleet(sent.shuffled(using: &generator)), "seed \(seed)")
        #expect(fleet(sent) == fleet(sent + sent), "seed \(seed)")
    }

    @Test(arguments: seeds)
    func `merging fleets is idempotent, commutative and associative`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let reports = Reports(boots: 6, reportsEach: 20, using: &generator)
        let parts = (0..<3).map { _ in fleet(reports.disturbed(using: &generator)) }
        func merged(_ first: FleetStats, _ others: FleetStats...) -> FleetStats {
            others.reduce(into: first) { $0.merge($1) }
        }
        let (a, b, c) = (parts[0], parts[1], parts[2])
        #expect(merged(a, a) == a, "seed \(seed)")
        #expect(merged(a, b) == merged(b, a), "seed \(seed)")
        #expect(merged(merged(a, b), c) == merged(a, merged(b, c)), "seed \(seed)")
    }

    @Test(arguments: seeds)
    func `totals never fall, and end as the sum of each start's last report`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let reports = Reports(boots: 6, reportsEach: 20, using: &generator)
        let last = reports.histories.compactMap(\.last)
        var known = FleetStats()
        var before = known.totals
        for report in reports.disturbed(using: &generator) + last {
            let isRow = Bool.random(using: &generator)
            _ = known.merge(isRow ? Reports.row(report) : report)
            #expect(known.totals.isNotBelow(before), "seed \(seed)")
            before = known.totals
        }
        known.merge(fleet(last))
        #expect(known.totals == fleet(last).totals, "seed \(seed)")
        #expect(known.totals.bets == last.map(\.totalBets).reduce(0, +), "seed \(seed)")
        #expect(known.totals.valueUnits == last.map(\.totalValueUnits).reduce(0, +))
        #expect(known.totals.rejectedTotal == last.map(\.rejectedTotal).reduce(0, +))
    }

    @Test
    func `reports that contradict each other merge the same way in any order`() {
        var generator = SeededGenerator(seed: 77)
        var contradictory: [PodStats] = []
        for index in 0..<40 {
            var stats = PodStats(podID: "p", bootID: "b", epoch: 7)
            stats.version = Int64.random(in: 0...2, using: &generator)
            stats.totalBets = Int64.random(in: 0...2, using: &generator)
            stats.duplicates = Int64.random(in: 0...1, using: &generator)
            stats.rejected = index.isMultiple(of: 2) ? ["a": 1] : ["b": 1]
            stats.build = "\(index % 3)"
            contradictory.append(stats)
        }
        let one = fleet(contradictory)
        for _ in 0..<20 {
            #expect(fleet(contradictory.shuffled(using: &generator)) == one)
        }
    }

    @Test
    func `a row raises the stored side and leaves the rest`() {
        var message = PodStats(podID: "p", bootID: "b", epoch: 7)
        message.version = 3
        message.totalBets = 30
        message.databaseFailures = 2
        var row = Reports.row(message)
        row.version = 4
        row.totalBets = 45
        let known = fleet([message, row])
        #expect(known.totals.bets == 45)
        #expect(known.totals.databaseFailures == 2)
        #expect(fleet([row, message]) == known)
    }

    @Test
    func `of the original engine's reports, which have no version, the higher number wins`() {
        func seed(_ bets: Int64, _ failures: Int64) -> PodStats {
            var stats = PodStats(podID: "p", bootID: PodStats.seedBootID, epoch: 0)
            stats.totalBets = bets
            stats.totalValueUnits = Int128(bets) * 100_000_000
            stats.databaseFailures = failures
            return stats
        }
        #expect(fleet([seed(5, 1), seed(9, 1), seed(7, 2)]).totals.bets == 9)
        #expect(fleet([seed(5, 1), seed(9, 1), seed(7, 2)]).totals.databaseFailures == 2)
    }

    @Test
    func `a start beyond the bound is refused, known ones go on`() {
        var known = FleetStats(bootsMax: 2)
        func report(_ boot: String, _ bets: Int64) -> PodStats {
            var stats = PodStats(podID: "p", bootID: boot, epoch: 7)
            stats.version = bets
            stats.totalBets = bets
            return stats
        }
        let outcomes = [("a", 1), ("b", 1), ("c", 1), ("b", 2), ("b", 1)].map {
            known.merge(report($0.0, $0.1))
        }
        #expect(outcomes == [.new, .new, .full, .changed(latency: nil), .unchanged])
        #expect(known.totals.bets == 3)
    }

    @Test
    func `a report tells what the histogram grew by, but not after it was let go`() {
        var stats = PodStats(podID: "p", bootID: "b", epoch: 7)
        stats.latency.record(microseconds: 100)
        var known = FleetStats()
        let first = known.merge(stats)
        #expect(first == .new)
        stats.latency.record(microseconds: 100)
        let second = known.merge(stats)
        guard case .changed(let grown?) = second else {
            Issue.record("nothing grew")
            return
        }
        #expect(grown.total == 1)
        known.compact(stats.key)
        #expect(known[stats.key]?.latency == .empty)
        let third = known.merge(stats)
        #expect(third == .changed(latency: nil))
    }
}

extension FleetTotals {
    /// No figure is lower than in `earlier`.
    func isNotBelow(_ earlier: FleetTotals) -> Bool {
        bets >= earlier.bets && valueUnits >= earlier.valueUnits
            && duplicates >= earlier.duplicates && oddsUpdates >= earlier.oddsUpdates
            && databaseFailures >= earlier.databaseFailures
            && redisFailures >= earlier.redisFailures && redeliveries >= earlier.redeliveries
            && earlier.rejected.allSatisfy { rejected[$0.key, default: 0] >= $0.value }
    }
}
