import Synchronization
package import Telemetry

/// The metrics of streams and their consumers, as a service read them last. What was not read for
/// a while is left out: an old figure looks like a calm one.
///
/// The `jetstream_` names and their labels are those of NATS' own exporter
/// (nats-io/prometheus-nats-exporter), which public dashboards use.
package final class StreamMetrics: Sendable {
    /// How long figures are told after they were read.
    package static let validSeconds = 30

    /// What was read at one time.
    package struct Reading: Sendable, Equatable {
        package var streams: [StreamFigures] = []
        package var consumers: [ConsumerFigures] = []
        /// Age of the oldest bet that waits; 0 when none does, nil when it is not known.
        package var oldestUnresolvedAgeSeconds: Double?
        /// By the stream's name: until it is full, `infinity` while it does not grow.
        package var secondsUntilFull: [String: Double] = [:]

        package init() {}
    }

    private let latest = Mutex<(reading: Reading, at: ContinuousClock.Instant)?>(nil)

    /// - Parameter now: the clock, for tests.
    package init(
        in metrics: Metrics,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        metrics.collect { [self] writer in
            write(reading(at: now()), &writer)
        }
    }

    /// Replaces what was known, from any thread.
    package func update(_ reading: Reading, at now: ContinuousClock.Instant = .now) {
        latest.withLock { $0 = (reading, now) }
    }

    private func reading(at now: ContinuousClock.Instant) -> Reading {
        latest.withLock { latest in
            guard let (reading, at) = latest, at.duration(to: now) <= .seconds(Self.validSeconds)
            else { return Reading() }
            return reading
        }
    }

    private typealias StreamColumn = (
        name: String, help: String, value: @Sendable (StreamFigures) -> Int64
    )

    private static let streamColumns: [StreamColumn] = [
        ("total_messages", "Messages in a stream.", { Int64(clamping: $0.messages) }),
        ("total_bytes", "Bytes in a stream.", { Int64(clamping: $0.bytes) }),
        ("limit_bytes", "Configured size of a stream, -1 without one.", { max($0.limitBytes, -1) }),
        ("first_seq", "Oldest message of a stream.", { Int64(clamping: $0.firstSequence) }),
        ("last_seq", "Newest message of a stream.", { Int64(clamping: $0.lastSequence) }),
    ]

    private typealias ConsumerColumn = (
        name: String, help: String, value: @Sendable (ConsumerFigures) -> Int64
    )

    private static let consumerColumns: [ConsumerColumn] = [
        ("num_pending", "Messages not delivered yet.", { Int64(clamping: $0.pending) }),
        ("num_ack_pending", "Messages not acknowledged yet.", { Int64($0.ackPending) }),
        ("num_redelivered", "Messages delivered more than once.", { Int64($0.redelivered) }),
        (
            "delivered_consumer_seq", "Deliveries, repeated ones included.",
            { Int64(clamping: $0.delivered.consumerSequence) }
        ),
        (
            "delivered_stream_seq", "Delivered up to here.",
            { Int64(clamping: $0.delivered.streamSequence) }
        ),
        (
            "ack_floor_consumer_seq", "Deliveries acknowledged without a gap up to here.",
            { Int64(clamping: $0.ackFloor.consumerSequence) }
        ),
        (
            "ack_floor_stream_seq", "Messages acknowledged without a gap up to here.",
            { Int64(clamping: $0.ackFloor.streamSequence) }
        ),
    ]

    private func write(_ reading: Reading, _ writer: inout MetricsWriter) {
        for column in Self.streamColumns {
            writer.family("jetstream_stream_\(column.name)", .gauge, column.help)
            for stream in reading.streams {
                writer.sample(column.value(stream), labels: [("stream_name", stream.name)])
            }
        }
        for column in Self.consumerColumns {
            writer.family("jetstream_consumer_\(column.name)", .gauge, column.help)
            for consumer in reading.consumers {
                writer.sample(
                    column.value(consumer),
                    labels: [("stream_name", consumer.stream), ("consumer_name", consumer.name)]
                )
            }
        }
        writer.family(
            "betting_oldest_unresolved_age_seconds",
            .gauge,
            "Age of the oldest bet that waits; 0 when none does."
        )
        if let age = reading.oldestUnresolvedAgeSeconds { writer.sample(age) }
        writer.family(
            "betting_stream_seconds_until_full",
            .gauge,
            "Until a stream is full at the pace of the last minutes."
        )
        for (stream, seconds) in reading.secondsUntilFull.sorted(by: { $0.key < $1.key }) {
            writer.sample(seconds, labels: [("stream_name", stream)])
        }
    }
}
