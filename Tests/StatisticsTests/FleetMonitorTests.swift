import Statistics
import Testing

@Suite
struct FleetMonitorTests {
    private let start = ContinuousClock.now

    private func monitor() -> FleetMonitor {
        var monitor = FleetMonitor()
        monitor.begin(epoch: 7, at: start)
        return monitor
    }

    private func report(
        _ pod: String = "p",
        bets: Int64 = 0,
        sentAt: Int64 = 0,
        stopping: Bool = false
    ) -> PodStats {
        var stats = PodStats(podID: pod, bootID: "b", epoch: 7)
        stats.version = bets
        stats.totalBets = bets
        stats.totalValueUnits = Int128(bets) * 100_000_000
        stats.sentAt = sentAt
        stats.isStopping = stopping
        return stats
    }

    @Test(arguments: [
        (4.9, PodState.live), (5.0, .stale), (599, .stale), (600, nil),
    ])
    func `a pod that is silent is stale after 5 s and gone after 10 minutes, its bets stay`(
        seconds: Double,
        state: PodState?
    ) {
        var monitor = monitor()
        _ = monitor.take(report(bets: 5, sentAt: 1), at: start)
        let now = start + .seconds(seconds)
        monitor.tick(at: now)
        let figures = monitor.figures(at: now, podsMax: 10)
        #expect(figures.pods.map(\.state) == (state.map { [$0] } ?? []))
        #expect(figures.podsTotal == figures.pods.count)
        #expect(figures.totals.bets == 5)
        #expect(figures.bootCount == 1)
    }

    @Test
    func `what was told before is no sign of life`() {
        var monitor = monitor()
        _ = monitor.take(report(bets: 5, sentAt: 10), at: start)
        let later = start + .seconds(6)
        let outcome = monitor.take(report(bets: 4, sentAt: 9), at: later)
        #expect(outcome == .unchanged)
        #expect(monitor.figures(at: later, podsMax: 1).pods.first?.state == .stale)
        _ = monitor.take(report(bets: 5, sentAt: 11), at: later)
        #expect(monitor.figures(at: later, podsMax: 1).pods.first?.state == .live)
    }

    @Test
    func `a report from long ago counts, but does not show`() {
        var monitor = monitor()
        _ = monitor.take(report(bets: 5), age: .seconds(3600), at: start)
        #expect(monitor.totals.bets == 5)
        #expect(monitor.figures(at: start, podsMax: 10).podsTotal == 0)
    }

    @Test
    func `the table has a longest, the totals have all`() {
        var monitor = monitor()
        for pod in 0..<3_100 {
            _ = monitor.take(
                report("p\(pod)", bets: 1, sentAt: 1),
                at: start + .milliseconds(pod)
            )
        }
        let now = start + .seconds(4)
        monitor.tick(at: now)
        let figures = monitor.figures(at: now, podsMax: 10_000)
        #expect(figures.podsTotal == 2_000)
        #expect(!figures.pods.contains { $0.stats.podID == "p0" })
        #expect(figures.pods.contains { $0.stats.podID == "p3099" })
        #expect(figures.totals.bets == 3_100)
    }

    @Test
    func `a pod that said so has stopped`() {
        var monitor = monitor()
        _ = monitor.take(report(bets: 5, sentAt: 1, stopping: true), at: start)
        _ = monitor.take(report(bets: 4, sentAt: 0), at: start)
        #expect(monitor.figures(at: start, podsMax: 1).pods.first?.state == .stopped)
    }

    @Test
    func `the table shows live pods first, then by name, and no more than asked for`() {
        var monitor = monitor()
        for pod in ["d", "b"] { _ = monitor.take(report(pod, sentAt: 1), at: start) }
        let now = start + .seconds(6)
        _ = monitor.take(report("x", sentAt: 1, stopping: true), at: now)
        for pod in ["c", "a"] { _ = monitor.take(report(pod, sentAt: 1), at: now) }
        let figures = monitor.figures(at: now, podsMax: 4)
        #expect(figures.pods.map(\.stats.podID) == ["a", "c", "b", "d"])
        #expect(figures.podsTotal == 5)
        #expect(figures.podsByState == [.live: 2, .stale: 2, .stopped: 1])
    }

    @Test
    func `rates and percentiles follow the pods and come to rest`() {
        var monitor = monitor()
        var stats = report()
        for tick in 0...10 {
            let now = start + .milliseconds(100 * tick)
            stats.version += 1
            stats.sentAt += 1
            if tick > 0 {
                stats.totalBets += 10
                stats.totalValueUnits += 5 * 100_000_000
                stats.latency.record(microseconds: 1_000)
            }
            _ = monitor.take(stats, at: now)
            monitor.tick(at: now)
        }
        var figures = monitor.figures(at: start + .seconds(1), podsMax: 1)
        #expect(figures.ratesOver1s.bets == 100)
        #expect(figures.ratesOver1s.value == 50)
        #expect(figures.ratesOver10s.bets == 10)
        #expect(figures.pods.first?.betsPerSecond == 100)
        #expect(figures.latency.total == 10)
        #expect(figures.pods.first?.p99Microseconds == 1_024)
        for tick in 11...130 { monitor.tick(at: start + .milliseconds(100 * tick)) }
        figures = monitor.figures(at: start + .seconds(13), podsMax: 1)
        #expect(figures.ratesOver1s == FleetRates())
        #expect(figures.ratesOver10s == FleetRates())
        #expect(figures.latency.quantile(0.5) == nil)
        #expect(figures.pods.first?.p50Microseconds == nil)
        #expect(figures.latencyTotal.total == 10)
    }

    @Test
    func `an epoch that begins empties rates, table and totals`() {
        var monitor = monitor()
        monitor.tick(at: start)
        _ = monitor.take(report(bets: 5, sentAt: 1), at: start)
        let now = start + .seconds(1)
        monitor.begin(epoch: 8, at: now)
        monitor.tick(at: now)
        let figures = monitor.figures(at: now, podsMax: 1)
        #expect(figures.totals == FleetTotals())
        #expect(figures.ratesOver10s == FleetRates())
        #expect(figures.podsTotal == 0)
        #expect(figures.epoch == 8)
    }
}
