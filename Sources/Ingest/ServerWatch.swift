import BetStore
import JetStream
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
    private static let viewAgeMax = Duration.seconds(30)

    private struct State {
        var view = ServerView()
        var seenAt: [Dependency: ContinuousClock.Instant] = [:]
        var growth = StreamGrowth()
    }

    private let connection: NATSConnection
    private let postgres: PostgresConfiguration
    private let redis: RedisClient
    private let epoch: Int64
    private let metrics: IngestMetrics
    private let state = Mutex(State())
    private let isFinishing = Monitor(false)

    init(
        connection: NATSConnection,
        postgres: PostgresConfiguration,
        redis: RedisConfiguration,
        epoch: Int64,
        metrics: IngestMetrics
    ) {
        self.connection = connection
        var postgres = postgres
        postgres.applicationName += " watch"
        self.postgres = postgres
        self.redis = RedisClient(redis)
        self.epoch = epoch
        self.metrics = metrics
    }

    func finish() { isFinishing.update { $0 = true } }

    /// What was last seen; a figure is nil when its server has not answered for 30 s.
    func view(at now: ContinuousClock.Instant = .now) -> ServerView {
        state.withLock { state in
            var view = state.view
            func isOld(_ dependency: Dependency) -> Bool {
                guard let seen = state.seenAt[dependency] else { return true }
                return seen.duration(to: now) > Self.viewAgeMax
            }
            if isOld(.nats) {
                view.stream = nil
                view.consumer = nil
                view.oldestUnacknowledgedNanoseconds = nil
            }
            if isOld(.postgres) { view.rows = nil }
            if isOld(.redis) { view.odds = nil }
            return view
        }
    }

    /// Until the stream is full at the pace of the last minutes; infinite while it does not grow,
    /// nil while nothing is known.
    func secondsUntilFull() -> Double? { state.withLock { $0.growth.secondsUntilFull } }

    /// Blocks until `finish`.
    func run() {
        var session: PostgresConnection?
        repeat {
            lookAtNATS()
            lookAtPostgres(&session)
            lookAtRedis()
        } while !pause()
        session?.close()
        redis.disconnect()
    }

    private func seen(_ dependency: Dependency, _ change: (inout State) -> Void) {
        state.withLock { state in
            state.seenAt[dependency] = .now
            change(&state)
        }
        metrics.isUp(dependency, true)
    }

    private func lookAtNATS() {
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
            let oldest = try oldestUnacknowledged(stream, consumer, manager)
            seen(.nats) { state in
                state.view.stream = stream
                state.view.consumer = consumer
                state.view.oldestUnacknowledgedNanoseconds = oldest
                if let stream {
                    state.growth.add(
                        bytes: Int64(clamping: stream.bytes),
                        limitBytes: stream.configuration.maxBytes,
                        at: .now
                    )
                }
            }
        } catch {
            metrics.isUp(.nats, false)
        }
    }

    private func oldestUnacknowledged(
        _ stream: StreamInfo?,
        _ consumer: ConsumerInfo?,
        _ manager: JetStreamManager
    ) throws(JetStreamError) -> Int64? {
        guard let stream, let consumer else { return nil }
        let next = max(consumer.ackFloor.streamSequence + 1, stream.firstSequence)
        guard next <= stream.lastSequence else { return nil }
        return try manager.message(stream: Topology.betsStream, sequence: next)?
            .timestampNanoseconds
    }

    private func lookAtPostgres(_ session: inout PostgresConnection?) {
        do throws(PostgresError) {
            let connection: PostgresConnection
            if let session {
                connection = session
            } else {
                connection = try EpochRegistry.connect(postgres, epoch: epoch)
                connection.responseTimeoutMilliseconds = Self.answerTimeoutMilliseconds
            }
            session = connection
            metrics.isConnected(.watch, true)
            let rows = try BootTotals.rows(on: connection)
            seen(.postgres) { $0.view.rows = rows }
        } catch {
            session?.close()
            session = nil
            metrics.isConnected(.watch, false)
            metrics.isUp(.postgres, false)
        }
    }

    private func lookAtRedis() {
        do {
            let total = try OddsProjection(redis).total()
            seen(.redis) { $0.view.odds = total }
        } catch {
            metrics.isUp(.redis, false)
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
