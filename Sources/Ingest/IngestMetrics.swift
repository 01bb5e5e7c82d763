import BetStore
package import Telemetry

/// What `/metrics` of a backend says beside the figures that live elsewhere (`IngestFigures`). The
/// names and what they mean are in docs/METRICS.md.
package final class IngestMetrics: Sendable {
    /// What a session with Postgres is for.
    enum ConnectionUse: String, CaseIterable {
        case store
        case odds
        case watch
        case upkeep
    }

    private static let batchRowBounds: [Double] = [1, 4, 16, 64, 250, 500, 1_000, 2_000, 4_000]
    private static let secondsBounds: [Double] = [
        0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30,
    ]

    let batchRows: Histogram
    let commitSeconds: Histogram
    let redisSeconds: Histogram
    let acknowledgementsFailed: Counter
    let deadLettersFailed: Counter
    let reconnects: Counter
    let leaves: Counter
    let stallRejoins: Counter
    let frozenSessionsEnded: Counter
    let soloAttempts: Counter
    let overdue: Counter
    let topologyWarnings: Gauge
    let connectionsAvailable: Gauge
    let connectionsNeeded: Gauge
    let trimmed: Counter
    let gapsFilled: Counter
    let sequencesLost: Gauge

    private let oddsLeader: Gauge
    private let oddsRebuilds: [MaintenanceReport.RebuildReason: Counter]
    private let oddsRepaired: Counter
    private let oddsCompared: Counter
    private let oddsDifferences: Counter
    private let oddsRoundFailures: Counter
    private let oddsRetired: Counter
    private let upkeepFailures: Counter
    private let up: [Dependency: Gauge]
    private let connections: [ConnectionUse: Gauge]

    package init(_ metrics: Metrics) {
        batchRows = metrics.histogram(
            "betting_batch_rows",
            "Messages of a committed batch.",
            bounds: Self.batchRowBounds
        )
        commitSeconds = metrics.histogram(
            "betting_batch_commit_seconds",
            "From the first attempt to COMMIT, retries included.",
            bounds: Self.secondsBounds
        )
        redisSeconds = metrics.histogram(
            "betting_batch_redis_seconds",
            "The call that moves the odds counters, failed ones included.",
            bounds: Self.secondsBounds
        )
        acknowledgementsFailed = metrics.counter(
            "betting_acknowledgements_failed_total",
            "Committed messages whose acknowledgement was not sent."
        )
        deadLettersFailed = metrics.counter(
            "betting_dead_letters_failed_total",
            "Rejected messages without a copy in dead_letters."
        )
        reconnects = metrics.counter(
            "betting_nats_reconnects_total",
            "The NATS connection was lost and is back."
        )
        leaves = metrics.counter(
            "betting_queue_group_leaves_total",
            "Left the queue group because Postgres was away."
        )
        stallRejoins = metrics.counter(
            "betting_stall_rejoins_total",
            "Joined the queue group anew because bets waited and none came."
        )
        frozenSessionsEnded = metrics.counter(
            "betting_frozen_sessions_ended_total",
            "Sessions of frozen backends that were ended because they were in the way."
        )
        soloAttempts = metrics.counter(
            "betting_solo_attempts_total",
            "Messages handled alone because they came again and again."
        )
        overdue = metrics.counter(
            "betting_overdue_deliveries_total",
            "Deliveries without an outcome for too long that were asked for again."
        )
        connectionsAvailable = metrics.gauge(
            "betting_postgres_connections_available",
            "Connections that Postgres has for the engine, at the start of this process."
        )
        connectionsNeeded = metrics.gauge(
            "betting_postgres_connections_needed",
            "Connections that all backends, aggregators and betctl need, at the same time."
        )
        topologyWarnings = metrics.gauge(
            "betting_topology_differences",
            "What differs from the intended streams and consumer, as found at start."
        )
        oddsLeader = metrics.gauge("betting_odds_leader", "This pod keeps the odds counters.")
        oddsRebuilds = metrics.counters(
            "betting_odds_rebuilds_total",
            "Rebuilds of the odds counters from Postgres.",
            label: "cause"
        )
        oddsRepaired = metrics.counter(
            "betting_odds_repaired_total",
            "Sequences that Redis lacked and that were applied."
        )
        oddsCompared = metrics.counter(
            "betting_odds_compared_games_total",
            "Games compared with Postgres."
        )
        oddsDifferences = metrics.counter(
            "betting_odds_differences_total",
            "Figures that differed from Postgres for certain."
        )
        oddsRoundFailures = metrics.counter(
            "betting_odds_round_failures_total",
            "Rounds of keeping the odds counters that failed."
        )
        oddsRetired = metrics.counter(
            "betting_odds_retired_games_total",
            "Games whose counters were taken away because there were too many."
        )
        trimmed = metrics.counter(
            "betting_stream_trimmed_messages_total",
            "Messages freed because the stream was filling up."
        )
        gapsFilled = metrics.counter(
            "betting_gaps_filled_total",
            "Sequences that had lost their outcome and were fetched again."
        )
        sequencesLost = metrics.gauge(
            "betting_sequences_lost",
            "Sequences without an outcome that the stream no longer has."
        )
        upkeepFailures = metrics.counter(
            "betting_upkeep_failures_total",
            "Looks of keeping up the stream that failed."
        )
        up = metrics.gauges(
            "betting_dependency_up",
            "The last call to the server was answered.",
            label: "dependency"
        )
        connections = metrics.gauges(
            "betting_postgres_connections",
            "Sessions open now, by what they are for.",
            label: "use"
        )
    }

    /// The last call to a server was answered, or not.
    func isUp(_ dependency: Dependency, _ isUp: Bool) { up[dependency]?.set(isUp ? 1 : 0) }

    /// A session with Postgres is open, or not.
    func isConnected(_ use: ConnectionUse, _ isOpen: Bool) {
        connections[use]?.set(isOpen ? 1 : 0)
    }

    /// Whether this pod keeps the odds counters.
    func isOddsLeader(_ isLeader: Bool) { oddsLeader.set(isLeader ? 1 : 0) }

    func add(_ report: MaintenanceReport) {
        if let cause = report.rebuild { oddsRebuilds[cause]?.add() }
        oddsRepaired.add(report.repaired)
        oddsCompared.add(report.compared)
        oddsDifferences.add(report.differences)
        oddsRetired.add(report.retired)
    }

    func oddsRoundFailed() { oddsRoundFailures.add() }

    func upkeepFailed() { upkeepFailures.add() }
}

extension Metrics {
    /// One counter for each case.
    fileprivate func counters<Case: CaseIterable & RawRepresentable & Hashable>(
        _ name: String,
        _ help: String,
        label: String
    ) -> [Case: Counter] where Case.RawValue == String {
        Dictionary(
            uniqueKeysWithValues: Case.allCases.map {
                ($0, counter(name, help, labels: [(label, $0.rawValue)]))
            }
        )
    }

    /// One gauge for each case.
    fileprivate func gauges<Case: CaseIterable & RawRepresentable & Hashable>(
        _ name: String,
        _ help: String,
        label: String
    ) -> [Case: Gauge] where Case.RawValue == String {
        Dictionary(
            uniqueKeysWithValues: Case.allCases.map {
                ($0, gauge(name, help, labels: [(label, $0.rawValue)]))
            }
        )
    }
}
