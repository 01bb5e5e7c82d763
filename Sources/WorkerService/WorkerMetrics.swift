import Ledger
import Telemetry

/// What `/metrics` of a worker says; docs/METRICS.md lists it.
struct WorkerMetrics: Sendable {
    private static let secondsBounds: [Double] = [
        0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
    ]

    let matches: Counter
    let settled: Counter
    let voided: Counter
    let refunded: Counter
    let published: Counter
    let publishFailures: Counter
    let sweeps: [String: Counter]
    let postgresUp: Gauge
    let natsUp: Gauge
    private let jobs: [JobKind: JobCounters]

    /// Counters of one kind of job.
    struct JobCounters: Sendable {
        let claimed: Counter
        let failed: Counter
        let seconds: Histogram
    }

    init(_ metrics: Metrics) {
        matches = metrics.counter("betting_matches_total", "Matches made.")
        let ended = "Matches that have their outcome."
        settled = metrics.counter(
            "betting_matches_ended_total",
            ended,
            labels: [("outcome", "settled")]
        )
        voided = metrics.counter(
            "betting_matches_ended_total",
            ended,
            labels: [("outcome", "void")]
        )
        refunded = metrics.counter("betting_bets_refunded_total", "Bets with a part paid back.")
        published = metrics.counter(
            "betting_outbox_published_total",
            "Placed bets that the stream has acknowledged."
        )
        publishFailures = metrics.counter(
            "betting_outbox_failures_total",
            "Publishes of placed bets that were not acknowledged; they are repeated."
        )
        sweeps = Dictionary(
            uniqueKeysWithValues: ["match", "refund", "settle", "buried"].map { kind in
                let counter = metrics.counter(
                    "betting_sweeps_found_total",
                    "Jobs that a sweep made, or buried.",
                    labels: [("kind", kind)]
                )
                return (kind, counter)
            }
        )
        func up(_ name: String) -> Gauge {
            metrics.gauge(
                "betting_dependency_up",
                "1 while a server answers.",
                labels: [("dependency", name)]
            )
        }
        (natsUp, postgresUp) = (up("nats"), up("postgres"))
        jobs = Dictionary(
            uniqueKeysWithValues: JobKind.allCases.map { ($0, JobCounters($0, metrics)) }
        )
    }

    func counters(of kind: JobKind) -> JobCounters? { jobs[kind] }
}

extension WorkerMetrics.JobCounters {
    fileprivate init(_ kind: JobKind, _ metrics: Metrics) {
        let labels = [("kind", kind.rawValue)]
        claimed = metrics.counter("betting_jobs_claimed_total", "Jobs taken.", labels: labels)
        failed = metrics.counter(
            "betting_jobs_failed_total",
            "Attempts at a job that failed and count.",
            labels: labels
        )
        seconds = metrics.histogram(
            "betting_job_turn_seconds",
            "From taking jobs to the end of their work.",
            boundsSeconds: WorkerMetrics.secondsBounds,
            labels: labels
        )
    }
}
