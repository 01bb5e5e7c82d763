import ServiceKit
import Telemetry
import TestSupport
import Testing

@Suite
struct WatchdogTests {
    private let watchdog = Watchdog(logger: Logger(process: "test", level: .error))

    @Test
    func `a loop is overdue once its limit has passed without a beat`() {
        let start = ContinuousClock.now
        let store = watchdog.guardLoop("store", limit: .seconds(60))
        _ = watchdog.guardLoop("keeper", limit: .seconds(30))
        let now = ContinuousClock.now
        #expect(watchdog.overdue(at: now).isEmpty)
        #expect(watchdog.overdue(at: start + .seconds(29)).isEmpty)
        #expect(watchdog.overdue(at: now + .seconds(31)) == ["keeper"])
        #expect(watchdog.overdue(at: now + .seconds(61)) == ["store", "keeper"])
        watchdog.beat(store)
        #expect(watchdog.overdue(at: start + .seconds(59)) == ["keeper"])
    }

    @Test
    func `a loop that rests is not overdue until it beats again`() {
        let store = watchdog.guardLoop("store", limit: .seconds(1))
        watchdog.rest(store)
        #expect(watchdog.overdue(at: .now + .seconds(1_000)).isEmpty)
        watchdog.beat(store)
        #expect(watchdog.overdue(at: .now + .seconds(2)) == ["store"])
    }
}

@Suite
struct RetryDelayTests {
    @Test
    func `delays double with jitter up to the longest, and start over after a reset`() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = TestSupport.SeededGenerator(seed: seed)
        var delay = RetryDelay(first: .milliseconds(100), longest: .seconds(2))
        func expect(_ full: Duration) {
            let next = delay.next(using: &random)
            #expect(next >= full / 2 && next <= full, "seed \(seed)")
        }
        for full in [100, 200, 400, 800, 1_600, 2_000, 2_000] { expect(.milliseconds(full)) }
        for _ in 0..<100 { expect(.seconds(2)) }
        delay.reset()
        expect(.milliseconds(100))
    }
}
