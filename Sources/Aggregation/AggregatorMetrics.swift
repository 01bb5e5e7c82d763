import Betting
import Statistics
import StatsCodec
import Telemetry
import WebServer

/// The aggregator's own metrics; docs/METRICS.md lists them.
struct AggregatorMetrics: Sendable {
    let board: FleetBoard
    let hub: WebSocketHub

    func register(in metrics: Metrics) {
        metrics.collect { writer in
            let (content, missing) = board.withState { state in
                (state.content(at: .now), state.missing(at: .now))
            }
            writeServers(content, &writer)
            writeFleet(missing == nil ? content.fleet : nil, &writer)
            writeTotals(missing == nil ? content.fleet.totals : nil, &writer)
            writeReconciliation(content, &writer)
        }
    }

    private func writeServers(_ content: FrameContent, _ writer: inout MetricsWriter) {
        writer.family("betting_dependency_up", .gauge, "1 while a server answers.")
        for dependency in content.dependencies {
            writer.sample(
                dependency.isUp ? 1 : 0,
                labels: [("dependency", dependency.name.rawValue)]
            )
        }
        writer.family("betting_postgres_connections", .gauge, "Sessions open now.")
        let isUp = content.dependencies.contains { $0.name == .postgres && $0.isUp }
        writer.sample(isUp ? 1 : 0, labels: [("use", "totals")])
        writer.family("betting_dashboards_connected", .gauge, "WebSockets open.")
        writer.sample(hub.clientCount)
        writer.family("betting_bets_table_rows", .gauge, "Bets stored, over all epochs.")
        if let rows = content.database?.betRows { writer.sample(rows) }
        writer.family("betting_odds_counted", .gauge, "Bets in the odds counters.")
        if let total = content.odds?.total { writer.sample(total) }
    }

    private func writeFleet(_ fleet: FleetFigures?, _ writer: inout MetricsWriter) {
        writer.family("betting_pods", .gauge, "Starts of pods in the table.")
        if let fleet {
            for state in PodState.allCases {
                writer.sample(
                    fleet.podsByState[state] ?? 0,
                    labels: [("state", state.rawValue)]
                )
            }
        }
        writer.family("betting_boots_known", .gauge, "Starts of pods that are in the totals.")
        if let fleet { writer.sample(fleet.bootCount) }
    }

    private func writeTotals(_ totals: FleetTotals?, _ writer: inout MetricsWriter) {
        let counters: KeyValuePairs<String, (String, Int64?)> = [
            "bets_stored": ("Bets stored by the fleet.", totals?.bets),
            "bets_duplicate": ("Second messages about a stored bet.", totals?.duplicates),
            "odds_updates": ("Bets added to the odds counters.", totals?.oddsUpdates),
            "redeliveries": ("Messages that had their outcome before.", totals?.redeliveries),
            "database_failures": ("Failed attempts to commit.", totals?.databaseFailures),
            "redis_failures": ("Batches left to the repair.", totals?.redisFailures),
        ]
        for (name, (help, value)) in counters {
            writer.family("betting_fleet_\(name)_total", .counter, help)
            if let value { writer.sample(value) }
        }
        writer.family("betting_fleet_bets_value_total", .counter, "The stakes of these bets.")
        if let totals { writer.sample(Double(totals.valueUnits) / 100_000_000) }
        writer.family("betting_fleet_bets_rejected_total", .counter, "Messages that are no bets.")
        guard let totals else { return }
        for reason in RejectionReason.allCases.map(\.rawValue) + [StatsDecoder.otherReason] {
            writer.sample(totals.rejected[reason] ?? 0, labels: [("reason", reason)])
        }
    }

    private func writeReconciliation(_ content: FrameContent, _ writer: inout MetricsWriter) {
        let figures = content.reconciliation
        let gauges: KeyValuePairs<String, (String, Int64?)> = [
            "published": ("The epoch's last sequence.", figures.published),
            "outcomes": ("Stored, duplicate or rejected.", figures.outcomes),
            "lost": ("Gone from the stream without an outcome.", figures.lost),
            "in_flight": ("Published without an outcome yet.", figures.inFlight),
            "violations": ("Promises broken now.", Int64(figures.violations.count)),
        ]
        for (name, (help, value)) in gauges {
            writer.family("betting_reconciliation_\(name)", .gauge, help)
            if let value { writer.sample(value) }
        }
        writer.family("betting_reconciliation_state", .gauge, "1 for the state it is in.")
        for state in Reconciliation.State.allCases {
            writer.sample(figures.state == state ? 1 : 0, labels: [("state", state.rawValue)])
        }
    }
}
