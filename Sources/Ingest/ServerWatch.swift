import BetStore
import JetStream
import Observability
import PostgresClient
import RedisClient
import ServiceKit
import Statistics
import Synchronization
import Telemetry
import Threading
import Topology

/// Looks at the three servers once a second, on a thread of its own, so that `/stats`, `/metrics`
/// and `/readyz` answer at once, whatever the servers do.
final class ServerWatch: Sendable {
    private static let every = Duration.seconds(1)
    private static let requestTimeoutMilliseconds = 1_000
    private static let answerTimeoutMilliseconds = 2_000
    /// What a server said longer ago than this is not told any more.
    private static let viewAgeMax = Duration.seconds(StreamMetrics.validSeconds)

    private struct State {
        var view = ServerView()
        var seenAt: [Dependency: ContinuousClock.Instant] = [:]
    }

    private let connection: NATSConnection
    private let postgres: PostgresConfiguration
    private let redis: RedisClient
    private let epoch: Int64
    private let intake: Intake
    private let monitor: IngestMonitor
    private let dropped: @Sendable () -> Int
    private let state = Mutex(State())
    private let isFinishing = Monitor(false)

    /// - Parameter dropped: deliveries that libnats has dropped so far.
    init(
        connection: NATSConnection,
        postgres: PostgresConfiguration,
        redis: RedisConfiguration,
        intake: Intake,
        monitor: IngestMonitor,
        dropped: @escaping @Sendable () -> Int
    ) {
        self.connection = connection
        var postgres = postgres
        postgres.applicationName += " watch"
        self.postgres = postgres
        self.redis = RedisClient(redis)
        epoch = intake.epoch
        self.intake = intake
        self.monitor = monitor
        self.dropped = dropped
    }

    func finish() { isFinishing.update { $0 = true } }

    /// What was last seen; a figure is nil when its server has not answered for 30 s.
    func view(at now: ContinuousClock.Instant = .now) -> ServerView {
        state.withLock { state in
            func isKnown(_ dependency: Dependency) -> Bool {
                state.seenAt[dependency].map { $0.duration(to: now) <= Self.viewAgeMax } ?? false
            }
            return ServerView(
                rows: isKnown(.postgres) ? state.view.rows : nil,
                odds: isKnown(.redis) ? state.view.odds : nil,
                pending: isKnown(.nats) ? state.view.pending : nil
            )
        }
    }

    /// Blocks until `finish`.
    ///
    /// - Throws: `streamLostEnd`.
    func run() throws {
        var session: PostgresConnection?
        var growth = StreamGrowth()
        var overdue = OverdueDeliveries()
        var drops = DroppedDeliveries()
        defer {
            session?.close()
            monitor.metrics.isConnected(.watch, false)
            redis.disconnect()
        }
        repeat {
            // The order matters: see StreamEnd.
            let end = lookAtPostgres(&session)
            let (stream, consumer) = lookAtNATS(&growth)
            if let end, let stream, let session { try check(end, stream, session) }
            lookAtRedis()
            drops.look(dropped())
            if let consumer, let session { look(for: &overdue, drops, consumer, session) }
        } while !pause()
    }

    private func seen(_ dependency: Dependency, _ change: (inout ServerView) -> Void) {
        state.withLock { state in
            state.seenAt[dependency] = .now
            change(&state.view)
        }
        monitor.answered(dependency)
    }

    /// Leaves a stream that lost its end.
    private func check(
        _ end: StreamEnd,
        _ stream: StreamInfo,
        _ session: PostgresConnection
    ) throws {
        guard stream.createdNanoseconds == epoch, let loss = end.loss(last: stream.lastSequence)
        else { return }
        // Whoever starts next finds it too, if this cannot be written now.
        try? StreamEnd.record(loss, epoch: epoch, on: session)
        throw IngestError.streamLostEnd(loss)
    }

    /// Returns what stream and consumer are, nil for what is not there or not known.
    private func lookAtNATS(_ growth: inout StreamGrowth) -> (StreamInfo?, ConsumerInfo?) {
        let manager = JetStreamManager(
            connection,
            timeoutMilliseconds: Self.requestTimeoutMilliseconds
        )
        do throws(JetStreamError) {
            let stream = try manager.streamInfo(Topology.betsStream)
            let consumer = try manager.consumerInfo(
                stream: Topology.betsStream,
                consumer: Topology.betsConsumer
            )
            var reading = StreamMetrics.Reading()
            if let stream {
                reading.streams = [StreamFigures(stream)]
                growth.add(
                    bytes: Int64(clamping: stream.bytes),
                    limitBytes: stream.configuration.maxBytes,
                    at: .now
                )
                reading.secondsUntilFull[Topology.betsStream] = growth.secondsUntilFull
            }
            if let consumer {
                reading.consumers = [ConsumerFigures(consumer, of: Topology.betsStream)]
            }
            if let stream, let consumer {
                reading.oldestUnresolvedAgeSeconds = try ageOfOldest(stream, consumer, manager)
            }
            monitor.streams.update(reading)
            seen(.nats) { view in
                view.pending = consumer.map {
                    Int64(clamping: $0.pending) + Int64($0.ackPending)
                }
            }
            return (stream, consumer)
        } catch {
            monitor.failed(.nats)
            return (nil, nil)
        }
    }

    /// The age of the first bet that is not acknowledged; 0 without one.
    private func ageOfOldest(
        _ stream: StreamInfo,
        _ consumer: ConsumerInfo,
        _ manager: JetStreamManager
    ) throws(JetStreamError) -> Double? {
        let next = max(consumer.ackFloor.streamSequence + 1, stream.firstSequence)
        guard next <= stream.lastSequence else { return 0 }
        let message = try manager.message(stream: Topology.betsStream, sequence: next)
        return message.map {
            Double(max(wallClockNanoseconds() - $0.timestampNanoseconds, 0)) / 1e9
        }
    }

    /// Returns what Postgres knows of the stream's end, nil while it does not answer.
    private func lookAtPostgres(_ session: inout PostgresConnection?) -> StreamEnd? {
        do throws(PostgresError) {
            let connection: PostgresConnection
            if let session {
                connection = session
            } else {
                connection = try EpochRegistry.connect(postgres, epoch: epoch)
                connection.responseTimeoutMilliseconds = Self.answerTimeoutMilliseconds
                monitor.metrics.isConnected(.watch, true)
            }
            session = connection
            let rows = try BootTotals.rows(on: connection)
            let end = try StreamEnd(epoch: epoch, on: connection)
            seen(.postgres) { $0.rows = rows }
            return end
        } catch {
            session?.close()
            session = nil
            monitor.metrics.isConnected(.watch, false)
            monitor.failed(.postgres)
            return nil
        }
    }

    private func lookAtRedis() {
        do {
            let total = try OddsProjection(redis).total()
            seen(.redis) { $0.odds = total }
        } catch {
            monitor.failed(.redis)
        }
    }

    /// Has what is overdue delivered again at once, to whomever. Does nothing while this pod itself
    /// is late: then the cause is another.
    private func look(
        for overdue: inout OverdueDeliveries,
        _ drops: DroppedDeliveries,
        _ consumer: ConsumerInfo,
        _ session: PostgresConnection
    ) {
        let limit = OverdueDeliveries.limit(consumer)
        let isDropped = drops.isRecent(within: limit)
        // Dropped deliveries are asked for early; what others hold for as long comes twice then.
        let age = isDropped ? OverdueDeliveries.droppedLimit : limit
        let range = overdue.range(consumer, at: .now, limit: age)
        guard let range, !intake.isLate(by: age) else { return }
        do {
            let missing = try MissingOutcomes.first(
                isDropped ? OverdueDeliveries.droppedMax : OverdueDeliveries.sequencesMax,
                in: range,
                epoch: epoch,
                on: session
            )
            overdue.found(missing, in: range)
            for sequence in missing {
                // An answer on behalf of whoever has it. The server looks up the stream's sequence,
                // and wants a plausible one of the consumer.
                let place = "1.\(sequence).\(consumer.delivered.consumerSequence).0.0"
                try connection.publish(
                    "$JS.ACK.\(Topology.betsStream).\(Topology.betsConsumer).\(place)",
                    body: Array("-NAK".utf8)
                )
            }
            monitor.metrics.overdue.add(missing.count)
        } catch {
            // Looked for again in a second.
        }
    }

    /// Waits for the next look; true when there is none.
    private func pause() -> Bool {
        let until = ContinuousClock.now + Self.every
        return isFinishing.wait { isFinishing in
            if isFinishing { return .done(true) }
            return until <= .now ? .done(false) : .waitUntil(until)
        }
    }
}
