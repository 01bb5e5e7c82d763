import Statistics
import Testing

@Suite
struct SampleWindowTests {
    private let start = ContinuousClock.now

    private func rate(_ window: SampleWindow<Double>, _ seconds: Double, _ current: Double)
        -> Double
    {
        window.perSecond(.seconds(1), at: start + .seconds(seconds), current: current) { $0 }
    }

    @Test
    func `a rate is the difference over the window, and 0 once nothing changes`() {
        var window = SampleWindow<Double>(length: .seconds(10), spacing: .milliseconds(100))
        for tick in 0...20 {
            window.record(Double(min(tick, 10) * 5), at: start + .milliseconds(100 * tick))
        }
        #expect(rate(window, 1.0, 50) == 50)
        #expect(rate(window, 1.5, 50) == 25)
        #expect(rate(window, 2.0, 50) == 0)
    }

    @Test
    func `a window that is not full yet counts as full`() {
        var window = SampleWindow<Double>(length: .seconds(10), spacing: .milliseconds(100))
        window.record(0, at: start)
        #expect(rate(window, 0.1, 30) == 30)
        #expect(rate(SampleWindow(length: .seconds(1), spacing: .zero), 1, 30) == 0)
    }

    @Test
    func `a late tick spreads the difference over the time it took`() {
        var window = SampleWindow<Double>(length: .seconds(10), spacing: .milliseconds(100))
        window.record(0, at: start)
        #expect(rate(window, 4, 40) == 10)
    }

    @Test
    func `a figure that fell has no rate`() {
        var window = SampleWindow<Double>(length: .seconds(10), spacing: .milliseconds(100))
        window.record(10, at: start)
        #expect(rate(window, 1, 5) == 0)
    }

    @Test
    func `the baseline of the whole window stays, older samples go`() {
        var window = SampleWindow<Int>(length: .seconds(1), spacing: .milliseconds(100))
        for tick in 0...1_000 { window.record(tick, at: start + .milliseconds(10 * tick)) }
        let baseline = window.baseline(.seconds(1), before: start + .seconds(10))
        #expect(baseline?.value == 900)
        #expect(window.baseline(.seconds(60), before: start + .seconds(10))?.value == 900)
    }
}
