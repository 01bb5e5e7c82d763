import Observability
import Synchronization
import Telemetry
import TestSupport
import Testing

@Suite
struct StreamMetricsTests {
    private static let start = ContinuousClock.now

    private static var reading: StreamMetrics.Reading {
        var reading = StreamMetrics.Reading()
        reading.streams = [
            StreamFigures(
                name: "bets_stream",
                messages: 10,
                bytes: 2_500,
                limitBytes: 1 << 30,
                firstSequence: 3,
                lastSequence: 12
            ),
            StreamFigures(
                name: "dead_letters",
                messages: 0,
                bytes: 0,
                limitBytes: -1,
                firstSequence: 0,
                lastSequence: .max
            ),
        ]
        reading.consumers = [
            ConsumerFigures(
                stream: "bets_stream",
                name: "bets_consumer",
                pending: 4,
                ackPending: 2,
                redelivered: 1,
                delivered: .init(consumerSequence: 9, streamSequence: 8),
                ackFloor: .init(consumerSequence: 7, streamSequence: 6)
            )
        ]
        reading.oldestUnresolvedAgeSeconds = 1.5
        reading.secondsUntilFull = ["bets_stream": .infinity]
        return reading
    }

    @Test
    func `the names are those of NATS' exporter`() throws {
        let metrics = Metrics()
        let streams = StreamMetrics(in: metrics, now: { Self.start })
        streams.update(Self.reading, at: Self.start)
        let read = try Exposition(metrics.exposition())
        let ofStream = ["stream_name": "bets_stream"]
        let values: [(String, Double)] = [
            ("jetstream_stream_total_messages", 10), ("jetstream_stream_total_bytes", 2_500),
            ("jetstream_stream_limit_bytes", 1_073_741_824), ("jetstream_stream_first_seq", 3),
            ("jetstream_stream_last_seq", 12), ("betting_stream_seconds_until_full", .infinity),
        ]
        for (name, value) in values { #expect(read.value(name, ofStream) == value, "\(name)") }
        let ofConsumer = ofStream.merging(["consumer_name": "bets_consumer"]) { $1 }
        let consumerValues: [(String, Double)] = [
            ("num_pending", 4), ("num_ack_pending", 2), ("num_redelivered", 1),
            ("delivered_consumer_seq", 9), ("delivered_stream_seq", 8),
            ("ack_floor_consumer_seq", 7), ("ack_floor_stream_seq", 6),
        ]
        for (name, value) in consumerValues {
            #expect(read.value("jetstream_consumer_\(name)", ofConsumer) == value, "\(name)")
        }
        #expect(read.value("betting_oldest_unresolved_age_seconds") == 1.5)
        #expect(read.value("jetstream_stream_limit_bytes", ["stream_name": "dead_letters"]) == -1)
    }

    @Test
    func `what was not read for 30 s is left out`() throws {
        let metrics = Metrics()
        let now = Mutex(Self.start)
        let streams = StreamMetrics(in: metrics, now: { now.withLock { $0 } })
        func isTold() throws -> Bool {
            let families = try Exposition(metrics.exposition()).families.dropLast()
            #expect(families.count == 14)
            let told = Set(families.map { !$0.samples.isEmpty })
            #expect(told.count == 1)
            return told == [true]
        }
        #expect(try !isTold())
        streams.update(Self.reading, at: Self.start)
        now.withLock { $0 += .seconds(30) }
        #expect(try isTold())
        now.withLock { $0 += .milliseconds(1) }
        #expect(try !isTold())
        streams.update(Self.reading, at: Self.start + .seconds(20))
        #expect(try isTold())
    }
}
