import Telemetry

/// What the aggregator counts as it goes.
final class AggregatorCounters: Sendable {
    let framesBuilt: Counter
    let messagesMerged: Counter
    let messagesIgnored: Counter
    let messagesMalformed: Counter
    /// Brought up to date by `StreamWatch`.
    let messagesDropped: Counter
    let bootsRefused: Counter
    let pollFailures: [DependencyName: Counter]

    init(_ metrics: Metrics) {
        func messages(_ result: String) -> Counter {
            metrics.counter(
                "betting_stats_messages_total",
                "Stats messages by what became of them.",
                labels: [("result", result)]
            )
        }
        framesBuilt = metrics.counter("betting_frames_built_total", "Frames made.")
        messagesMerged = messages("merged")
        messagesIgnored = messages("ignored")
        messagesMalformed = messages("malformed")
        messagesDropped = messages("dropped")
        bootsRefused = metrics.counter(
            "betting_boots_refused_total",
            "Messages of starts of pods beyond the limit of those that are kept."
        )
        pollFailures = Dictionary(
            uniqueKeysWithValues: DependencyName.allCases.map { name in
                (
                    name,
                    metrics.counter(
                        "betting_poll_failures_total",
                        "Reads of a server that failed.",
                        labels: [("dependency", name.rawValue)]
                    )
                )
            }
        )
    }
}
