package import JetStream
package import Telemetry

/// Streams and the bets consumer as metrics, under the names of the exporter that NATS publishes,
/// so that dashboards made for it work here. They are explained in docs/METRICS.md.
package enum StreamFigures {
    /// Writes every family, also those whose samples are missing because nothing is known.
    ///
    /// - Parameters:
    ///   - streams: in the order of their samples.
    ///   - consumer: `bets_consumer`.
    package static func write(
        _ streams: [StreamInfo],
        consumer: ConsumerInfo?,
        to writer: inout MetricsWriter
    ) {
        for (name, help, value) in streamGauges {
            writer.family(name, .gauge, help)
            for stream in streams {
                writer.sample(
                    value(stream),
                    labels: [("stream_name", stream.configuration.name)]
                )
            }
        }
        for (name, help, value) in consumerGauges {
            writer.family(name, .gauge, help)
            guard let consumer else { continue }
            writer.sample(
                value(consumer),
                labels: [
                    ("stream_name", Topology.betsStream),
                    ("consumer_name", consumer.configuration.durable),
                ]
            )
        }
    }

    private typealias Figure<Subject> = (String, String, @Sendable (Subject) -> Int64)

    private static let streamGauges: [Figure<StreamInfo>] = [
        (
            "jetstream_stream_total_messages", "Messages in the stream.",
            { Int64(clamping: $0.messages) }
        ),
        ("jetstream_stream_total_bytes", "Bytes in the stream.", { Int64(clamping: $0.bytes) }),
        (
            "jetstream_stream_limit_bytes", "The stream's configured size, -1 without one.",
            { $0.configuration.maxBytes }
        ),
        (
            "jetstream_stream_first_seq", "Sequence of the oldest message.",
            { Int64(clamping: $0.firstSequence) }
        ),
        (
            "jetstream_stream_last_seq", "Sequence of the newest message.",
            { Int64(clamping: $0.lastSequence) }
        ),
    ]

    private static let consumerGauges: [Figure<ConsumerInfo>] = [
        ("jetstream_consumer_num_pending", "Not delivered yet.", { Int64(clamping: $0.pending) }),
        (
            "jetstream_consumer_num_ack_pending", "Delivered and not acknowledged.",
            { Int64($0.ackPending) }
        ),
        (
            "jetstream_consumer_num_redelivered",
            "Delivered more than once, not acknowledged yet.",
            { Int64($0.redelivered) }
        ),
        (
            "jetstream_consumer_delivered_consumer_seq", "Deliveries, repeated ones included.",
            { Int64(clamping: $0.delivered.consumerSequence) }
        ),
        (
            "jetstream_consumer_delivered_stream_seq", "Delivered up to this sequence.",
            { Int64(clamping: $0.delivered.streamSequence) }
        ),
        (
            "jetstream_consumer_ack_floor_consumer_seq",
            "Deliveries acknowledged without a gap.",
            { Int64(clamping: $0.ackFloor.consumerSequence) }
        ),
        (
            "jetstream_consumer_ack_floor_stream_seq",
            "Acknowledged without a gap up to this sequence.",
            { Int64(clamping: $0.ackFloor.streamSequence) }
        ),
    ]
}
