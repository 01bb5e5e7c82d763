import EngineHarness
import TestSupport
import Testing

/// An engine at work: backends, an aggregator, a load with a journal, and a watch on the dashboard.
final class Rehearsal {
    /// Messages that find their outcome before the first event, and after each.
    private static let breath = 2_000
    private static let aggregatorName = "stats-aggregator-1"
    /// Of each way to look, in a whole rehearsal.
    private static let looksMin = 20

    let engine: Engine
    let fleet: BackendFleet
    private let load: FaultRun
    private let watch: DashboardWatch
    private var aggregator: ServerProcess

    /// Starts everything and waits until bets are stored.
    ///
    /// - Parameters:
    ///   - rate: bets a second.
    ///   - directory: of another build's backends and aggregator; nil for those under test.
    init(_ engine: Engine, rate: Int, from directory: String? = nil) async throws {
        self.engine = engine
        fleet = try await BackendFleet(engine, from: directory)
        aggregator = try engine.begin(
            .statsAggregator,
            pod: Self.aggregatorName,
            from: directory
        )
        try await engine.ready(aggregator)
        watch = try DashboardWatch(port: await aggregator.httpPort(), engine)
        load = try await FaultRun(
            on: engine,
            [],
            rate: rate,
            content: ["--duplicates", "0.05", "--malformed", "0.05"]
        )
    }

    /// Does something to the engine, lets it store bets after it, and says how long it took.
    func event(_ name: String, _ body: () async throws -> Void) async throws {
        let begin = ContinuousClock.now
        try await body()
        let done = ContinuousClock.now
        try await load.outcomes(more: Self.breath)
        let stored = ContinuousClock.now
        print("\(name): \(done - begin), \(Self.breath) outcomes \(stored - done) later")
        fleet.expectAllRunning()
        #expect(aggregator.isRunning, "\(aggregator.log)")
        let faults = watch.takeFaults()
        #expect(faults.isEmpty, "\(name)")
    }

    /// Ends the aggregator by a signal and looks at the next one when that is ready.
    func replaceAggregator(_ signal: Int32, from directory: String? = nil) async throws {
        try await aggregator.stop(signal)
        aggregator = try engine.begin(
            .statsAggregator,
            pod: Self.aggregatorName,
            from: directory
        )
        try await engine.ready(aggregator)
        try watch.follow(port: await aggregator.httpPort())
    }

    /// Ends the load: nothing is lost, and the dashboard shows what Postgres has.
    func end() async throws {
        try await load.stopLoad()
        let stored = try engine.number("SELECT count(*) FROM bets")
        let duplicates = try engine.number("SELECT count(*) FROM duplicate_bets")
        let rejected = try engine.number("SELECT count(*) FROM rejected_bets")
        let staked = try engine.rows("SELECT sum(amount)::numeric(30,8) FROM bets")[0][0]
        let published = try engine.lastSequence()
        #expect(stored + duplicates + rejected == published)
        #expect(duplicates > 0 && rejected > 0)
        let isRight = try await eventually(within: .seconds(30)) {
            guard let last = watch.last else { return false }
            return last.total_bets == stored && last.duplicates == duplicates
                && last.rejected_total == rejected && last.total_value_text == staked
                && last.bets_table_row_count == stored && last.total_odds == stored
                && last.reconciliation.state == "ok" && last.reconciliation.published == published
        }
        #expect(isRight, "\(String(describing: watch.last)), not \(stored)")
        let faults = watch.takeFaults()
        #expect(faults.isEmpty)
        let figures = watch.figures
        let again = try engine.redeliveries()
        print("\(published) messages, \(again) redelivered, looks at the dashboard: \(figures)")
        for way in DashboardWatch.Way.allCases {
            #expect(figures.looks[way, default: 0] >= Self.looksMin)
        }
        #expect(figures.judged >= Self.looksMin)
        try await load.expectCleanAudit()
        fleet.expectAllRunning()
    }
}
