import Betting
import JetStream
import Statistics
import Telemetry
import Topology

/// Figures of a running service that are kept for other reasons than `/metrics`, read when asked.
/// The names are in docs/METRICS.md.
struct IngestFigures {
    private static let unitsPerWhole = 1e8

    private let parts: IngestMonitor.Parts

    init(_ parts: IngestMonitor.Parts) {
        self.parts = parts
    }

    func write(to writer: inout MetricsWriter) {
        writeOutcomes(&writer)
        writeDeliveries(&writer)
        writeGroup(&writer)
    }

    private func writeOutcomes(_ writer: inout MetricsWriter) {
        let (stats, _) = parts.counters.current
        writer.counter("betting_bets_stored_total", "Rows in bets.", stats.totalBets)
        writer.family("betting_bets_value_total", .counter, "The stakes of the stored bets.")
        writer.sample(Double(stats.totalValueUnits) / Self.unitsPerWhole)
        writer.counter(
            "betting_bets_duplicate_total",
            "Second messages about a stored bet.",
            stats.duplicates
        )
        writer.family("betting_bets_rejected_total", .counter, "Messages that are not bets.")
        for reason in RejectionReason.allCases {
            writer.sample(
                stats.rejected[reason.rawValue] ?? 0,
                labels: [("reason", reason.rawValue)]
            )
        }
        writer.counter(
            "betting_redeliveries_total",
            "Messages that had their outcome before.",
            stats.redeliveries
        )
        writer.counter(
            "betting_database_failures_total",
            "Failed attempts to commit a batch.",
            stats.databaseFailures
        )
        writer.counter(
            "betting_redis_failures_total",
            "Batches whose odds counters were left to the repair.",
            stats.redisFailures
        )
        writer.counter(
            "betting_odds_updates_total",
            "Bets this start added to the odds counters.",
            stats.oddsUpdates
        )
        let (bounds, counts) = stats.latency.octaves
        writer.family(
            "betting_ack_latency_seconds",
            .histogram,
            "From storage in the stream to the acknowledgement."
        )
        writer.histogram(
            bounds: bounds.map { Double($0) / 1e6 },
            counts: counts,
            sum: Double(parts.counters.latencySumMicroseconds) / 1e6
        )
    }

    private func writeDeliveries(_ writer: inout MetricsWriter) {
        let counters = parts.intake.counters
        writer.family("betting_deliveries_total", .counter, "Deliveries by what became of them.")
        let results = [
            ("held", counters.received), ("postponed", counters.postponed),
            ("ignored", counters.ignored),
        ]
        for (result, count) in results { writer.sample(count, labels: [("result", result)]) }
        writer.counter(
            "betting_deliveries_repeated_total",
            "Held deliveries that the server calls repeated.",
            counters.redelivered
        )
        writer.counter(
            "betting_unknown_fields_total",
            "Fields of bets that this version does not know.",
            counters.unknownFields
        )
        writer.gauge(
            "betting_messages_held",
            "Received and not answered yet.",
            Double(parts.intake.heldCount)
        )
        writer.gauge(
            "betting_messages_held_limit",
            "The most this pod holds.",
            Double(parts.intake.heldMax)
        )
    }

    private func writeGroup(_ writer: inout MetricsWriter) {
        let backlog = parts.membership.backlog
        writer.gauge(
            "betting_libnats_messages_pending",
            "Queued in libnats, not looked at yet.",
            Double(backlog.pending)
        )
        writer.counter(
            "betting_libnats_messages_dropped_total",
            "Thrown away by libnats' own limit; they come again.",
            Int64(backlog.dropped)
        )
        writer.gauge(
            "betting_queue_group_joined",
            "Takes deliveries.",
            parts.membership.isJoined ? 1 : 0
        )
    }
}
