import Statistics
import Testing

@Suite
struct FleetHistoryTests {
    private func report(_ epoch: Int64, _ boot: String = "b", bets: Int64 = 1) -> PodStats {
        var stats = PodStats(podID: "p", bootID: boot, epoch: epoch)
        stats.version = bets
        stats.totalBets = bets
        return stats
    }

    @Test
    func `reports that come before the epoch is known count once it is`() {
        var history = FleetHistory()
        let outcome1 = history.merge(report(7, bets: 5))
        #expect(outcome1 == nil)
        let outcome2 = history.merge(report(6, bets: 9))
        #expect(outcome2 == nil)
        let outcome3 = history.merge(report(0, PodStats.seedBootID, bets: 3))
        #expect(outcome3 == nil)
        #expect(history.current.totals.bets == 0)
        let isNew7 = history.begin(epoch: 7)
        #expect(isNew7)
        #expect(history.current.totals.bets == 8)
        let isNew8 = history.begin(epoch: 7)
        #expect(!isNew8)
    }

    @Test
    func `another epoch starts anew with what was told of it already`() {
        var history = FleetHistory()
        _ = history.begin(epoch: 7)
        let outcome4 = history.merge(report(7, bets: 5))
        #expect(outcome4 == .new)
        let outcome5 = history.merge(report(8, bets: 2))
        #expect(outcome5 == nil)
        #expect(history.current.totals.bets == 5)
        let isNew9 = history.begin(epoch: 8)
        #expect(isNew9)
        #expect(history.current.totals.bets == 2)
        let outcome6 = history.merge(report(7, bets: 6))
        #expect(outcome6 == nil)
        #expect(history.current.totals.bets == 2)
    }

    @Test
    func `of epochs that wait, the newest are kept`() {
        var history = FleetHistory()
        for epoch in Int64(1)...20 { _ = history.merge(report(epoch, bets: epoch)) }
        _ = history.begin(epoch: 20)
        #expect(history.current.totals.bets == 20)
        _ = history.begin(epoch: 3)
        #expect(history.current.totals.bets == 0)
    }
}
