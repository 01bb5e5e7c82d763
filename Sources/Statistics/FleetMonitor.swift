/// The fleet as it is watched: totals, rates, percentiles and the table of pods.
///
/// Pure; the clock is passed in and must not run backwards. `take` whatever arrives, `tick` ten
/// times a second, ask for `figures` whenever they are wanted.
package struct FleetMonitor: Sendable {
    /// A pod is silent for too long to be taken for alive; it tells once a second.
    package static let staleAfter = Duration.seconds(5)
    /// A pod leaves the table. Its totals stay.
    package static let goneAfter = Duration.seconds(600)
    /// The window of the percentiles and of the longer rates.
    package static let window = Duration.seconds(10)

    private var history: FleetHistory
    private var pods = PodTable()
    /// Since the start of this process: what the pods' histograms grew by.
    private var latency = LatencyHistogram()
    private var totalsWindow = Self.newTotalsWindow
    private var latencyWindow = SampleWindow<LatencyHistogram>(
        length: Self.window,
        spacing: .milliseconds(500)
    )

    package init(bootsMax: Int = FleetStats.bootsMax) {
        history = FleetHistory(bootsMax: bootsMax)
    }

    /// Nil while nobody knows.
    package var epoch: Int64? { history.epoch }
    package var totals: FleetTotals { history.current.totals }
    /// Starts whose figures are kept.
    package var bootCount: Int { history.current.bootCount }

    /// What is known of one start in the current epoch.
    package subscript(_ key: BootKey) -> PodStats? { history.current[key] }

    /// The stream's epoch, whenever it was looked up: with another one than before everything
    /// starts anew, but for what pods have told of it already.
    package mutating func begin(epoch: Int64, at now: ContinuousClock.Instant) {
        guard history.begin(epoch: epoch) else { return }
        pods = PodTable()
        for key in history.current.keys { _ = pods.saw(key, at: now, now: now) }
        totalsWindow = Self.newTotalsWindow
        latency = LatencyHistogram()
        latencyWindow.removeAll()
    }

    /// Takes in a message or a row.
    ///
    /// - Parameter age: how long ago it was said. What tells nothing new is no sign of life.
    /// - Returns: what it changed; nil when it is another epoch's.
    package mutating func take(
        _ report: PodStats,
        age: Duration = .zero,
        at now: ContinuousClock.Instant
    ) -> FleetStats.Outcome? {
        let outcome = history.merge(report)
        switch outcome {
        case .new, .changed:
            if case .changed(let grown?) = outcome { latency.merge(grown) }
            let isShown = pods.saw(report.key, at: now - max(age, .zero), now: now)
            if !isShown { history.compact(report.key) }
            if pods.isOverfull { dropGone(at: now) }
        case .unchanged, .full, nil: break
        }
        return outcome
    }

    /// Notes the figures of now, from which rates and percentiles come.
    package mutating func tick(at now: ContinuousClock.Instant) {
        totalsWindow.record(totals, at: now)
        latencyWindow.record(latency, at: now)
        pods.sample(history.current, at: now)
        dropGone(at: now)
    }

    private mutating func dropGone(at now: ContinuousClock.Instant) {
        for key in pods.dropGone(at: now) { history.compact(key) }
    }

    /// Everything there is to show.
    ///
    /// - Parameter podsMax: rows of the table at most.
    package func figures(at now: ContinuousClock.Instant, podsMax: Int) -> FleetFigures {
        let recent = latencyWindow.baseline(Self.window, before: now)
        return FleetFigures(
            epoch: epoch,
            totals: totals,
            ratesOver1s: FleetRates(totalsWindow, over: .seconds(1), at: now, totals: totals),
            ratesOver10s: FleetRates(totalsWindow, over: Self.window, at: now, totals: totals),
            latency: recent.map { latency.since($0.value) } ?? .empty,
            latencyTotal: latency,
            pods: pods.rows(history.current, at: now, limit: podsMax),
            podsTotal: pods.count,
            podsByState: pods.counts(history.current, at: now),
            bootCount: bootCount
        )
    }

    private static var newTotalsWindow: SampleWindow<FleetTotals> {
        SampleWindow(length: window, spacing: .milliseconds(100))
    }
}

/// The fleet at one moment.
package struct FleetFigures: Sendable {
    package let epoch: Int64?
    package let totals: FleetTotals
    package let ratesOver1s: FleetRates
    package let ratesOver10s: FleetRates
    /// From publish to acknowledgement, over `FleetMonitor.window`.
    package let latency: LatencyHistogram
    /// The same since this process began to watch.
    package let latencyTotal: LatencyHistogram
    /// The first rows of the table.
    package let pods: [PodFigures]
    /// Rows the table has.
    package let podsTotal: Int
    package let podsByState: [PodState: Int]
    /// Starts whose figures are in the totals.
    package let bootCount: Int
}
