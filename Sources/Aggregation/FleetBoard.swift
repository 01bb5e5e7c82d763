import Statistics
import Telemetry
import Threading

/// What the aggregator knows, shared by the threads that read it from the servers, the one that
/// makes frames and whoever asks for metrics. No call blocks for long.
package final class FleetBoard: Sendable {
    private let state: Monitor<BoardState>
    private let logger: Logger
    private let counters: AggregatorCounters

    init(logger: Logger, counters: AggregatorCounters) {
        state = Monitor(BoardState(at: .now))
        self.logger = logger
        self.counters = counters
    }

    /// Looks at or changes the state.
    func withState<Result>(_ body: (inout BoardState) -> Result) -> Result {
        state.withLock(body)
    }

    /// Why there is no frame yet; nil once there is.
    var missing: String? { withState { $0.missing(at: .now) } }

    /// A pod's message.
    ///
    /// - Parameter age: since it was sent, for one that was kept in the stream.
    func take(_ message: PodStats, age: Duration = .zero) {
        let outcome = withState { $0.take(message, age: age, at: .now) }
        switch outcome {
        case .new, .changed: counters.messagesMerged.add()
        case .unchanged, nil: counters.messagesIgnored.add()
        case .full:
            counters.bootsRefused.add()
            if counters.bootsRefused.value == 1 {
                logger.error(
                    "more starts of pods than can be kept: totals are too low from now on",
                    ["kept": FleetStats.bootsMax]
                )
            }
        }
    }

    /// A server answered. One line when that is news.
    func noteUp(_ name: DependencyName, detail: String = "") {
        let isNews = withState { $0.note(name, isUp: true, detail: detail, at: .now) }
        guard isNews else { return }
        if detail.isEmpty {
            logger.info("answers", ["server": name.rawValue])
        } else {
            logger.warning("answers, but", ["server": name.rawValue, "found": detail])
        }
    }

    /// A server did not answer. One line when that is news.
    func noteDown(_ name: DependencyName, _ reason: String) {
        counters.pollFailures[name]?.add()
        let isNews = withState { $0.note(name, isUp: false, detail: reason, at: .now) }
        if isNews { logger.warning("does not answer", ["server": name.rawValue, "error": reason]) }
    }
}
