import BetStore
import FaultPoints
import JetStream
import PostgresClient
import ServiceKit
import Telemetry
import Threading

/// Commits one batch after the other, on a thread and a connection of its own. While Postgres is
/// away it holds what it has begun and tries again until it succeeds or is told to give up.
final class StoreLoop: Sendable {
    /// How long Postgres may be away before the pod leaves the queue group.
    static let awaySecondsMax = 15

    /// What happens around the commits.
    struct Surroundings: Sendable {
        /// Postgres has been away too long: leave the group.
        var leave: @Sendable () -> Void
        /// Postgres answers again after `leave`.
        var rejoin: @Sendable () throws -> Void
        /// A batch is committed; it may be answered.
        var committed: @Sendable (HeldBatch, BatchResult) -> Void
        /// The loop is alive.
        var beat: @Sendable () -> Void
        /// The loop waits for a batch.
        var rest: @Sendable () -> Void
    }

    /// A row that another transaction holds is waited for this long. Longer than a healthy
    /// transaction takes, much shorter than an ack wait.
    private static let lockMillisecondsMax = 3_000

    let boot: Boot
    let intake: Intake
    let metrics: IngestMetrics
    let logger: Logger
    /// For how long those who tried a message alone must be silent before it is parked.
    let silenceMin: Duration
    private let configuration: PostgresConfiguration
    private let original: @Sendable (Int64) -> RawMessage?
    private let counters: PodCounters
    private let surroundings: Surroundings
    private let givingUp = Monitor(false)

    init(
        configuration: PostgresConfiguration,
        boot: Boot,
        intake: Intake,
        counters: PodCounters,
        metrics: IngestMetrics,
        logger: Logger,
        surroundings: Surroundings,
        silenceMin: Duration = Silence.enough,
        original: @escaping @Sendable (Int64) -> RawMessage?
    ) {
        var configuration = configuration
        configuration.lockTimeoutMilliseconds = Self.lockMillisecondsMax
        self.configuration = configuration
        self.boot = boot
        self.intake = intake
        self.counters = counters
        self.metrics = metrics
        self.logger = logger
        self.surroundings = surroundings
        self.silenceMin = silenceMin
        self.original = original
    }

    /// Stops trying: what is not committed is left to another pod.
    func giveUp() { givingUp.update { $0 = true } }

    /// Blocks until the intake has finished, or the loop gave up.
    ///
    /// - Throws: what no retry can mend: a missing table, a refused login, a sequence that the stream
    ///   gave away twice, a NATS connection that was closed for good while the pod had left the
    ///   group.
    func run() throws {
        let writer = BatchWriter(boot: boot, beat: surroundings.beat, original: original)
        var connection: PostgresConnection?
        while var held = next() {
            FaultPoint.batchTaken.reach()
            guard let stored = try store(&held, with: writer, &connection) else {
                intake.release(held)
                return
            }
            if let result = stored.result {
                surroundings.committed(held, result)
            } else {
                intake.putBack(held)
            }
            if stored.mustRejoin { try surroundings.rejoin() }
        }
        connection?.close()
        metrics.isConnected(.store, false)
    }

    private func next() -> HeldBatch? {
        surroundings.rest()
        defer { surroundings.beat() }
        return intake.next()
    }

    private struct Stored {
        /// Nil when the message was left to others for now.
        let result: BatchResult?
        /// The group was left on the way.
        let mustRejoin: Bool
    }

    /// The failures of one batch in a row.
    private struct Outage {
        /// A line when it begins, then one in this time.
        private static let lineEvery = Duration.seconds(10)

        /// The first failure, not the first attempt: a frozen process saw no outage.
        private var since: ContinuousClock.Instant?
        private var toldAt: ContinuousClock.Instant?
        private(set) var failures = 0

        var duration: Duration { since.map { $0.duration(to: .now) } ?? .zero }

        mutating func fail() {
            since = since ?? .now
            failures += 1
        }

        mutating func isWorthALine() -> Bool {
            let now = ContinuousClock.now
            guard toldAt.map({ $0.duration(to: now) >= Self.lineEvery }) ?? true else {
                return false
            }
            toldAt = now
            return true
        }
    }

    /// Writes until it is committed; nil when giving up.
    private func store(
        _ held: inout HeldBatch,
        with writer: BatchWriter,
        _ connection: inout PostgresConnection?
    ) throws -> Stored? {
        let begin = ContinuousClock.now
        var delay = RetryDelay()
        var outage = Outage()
        var hasLeft = false
        while true {
            do throws(PostgresError) {
                let open = try opened(&connection)
                let result = try write(&held, with: writer, on: open)
                if let result {
                    counters.committed(result)
                    metrics.batchRows.observe(Double(held.replies.count))
                    metrics.commitSeconds.observe(begin.duration(to: .now) / .seconds(1))
                }
                if outage.failures > 0 { tellEnd(of: outage) }
                return Stored(result: result, mustRejoin: hasLeft)
            } catch {
                if let loss = writer.streamLoss { throw IngestError.streamLostEnd(loss) }
                try failed(error, &connection, &outage)
                if let connection, error.isLockWait, endFrozenSessions(on: connection) { continue }
            }
            surroundings.beat()
            if !hasLeft, outage.duration >= .seconds(Self.awaySecondsMax) {
                hasLeft = true
                surroundings.leave()
            }
            if pause(delay.next()) { return nil }
        }
    }

    private func opened(
        _ connection: inout PostgresConnection?
    ) throws(PostgresError) -> PostgresConnection {
        if let connection { return connection }
        let new = try EpochRegistry.connect(configuration, epoch: intake.epoch)
        connection = new
        metrics.isConnected(.store, true)
        return new
    }

    private func failed(
        _ error: PostgresError,
        _ connection: inout PostgresConnection?,
        _ outage: inout Outage
    ) throws {
        counters.databaseFailed()
        outage.fail()
        // A new connection asks all hosts again which one takes writes; this one may stay with a
        // server that takes none any more.
        if let open = connection, !open.isUsable || error.isConnectionLost || !error.isContention {
            open.close()
            connection = nil
            metrics.isConnected(.store, false)
        }
        guard error.kind != .stop else { throw IngestError.postgres(error) }
        guard outage.isWorthALine() else { return }
        logger.warning(
            "a batch could not be committed and is tried again until it can",
            ["error": error, "failures": outage.failures, "for": outage.duration]
        )
    }

    private func tellEnd(of outage: Outage) {
        logger.info(
            "the batch is committed",
            ["failures": outage.failures, "after": outage.duration]
        )
    }

    /// Waits; true when the loop should give up.
    func pause(_ delay: Duration) -> Bool {
        let until = ContinuousClock.now + delay
        return givingUp.wait { isGivingUp in
            if isGivingUp { return .done(true) }
            return until <= .now ? .done(false) : .waitUntil(until)
        }
    }
}

extension PostgresError {
    /// Another transaction was in the way; the connection and its server are all right.
    fileprivate var isContention: Bool {
        sqlState?.hasPrefix("40") == true || isLockWait
    }

    /// A row was waited for in vain: the lock timeout, or the statement's.
    fileprivate var isLockWait: Bool { sqlState == "55P03" || sqlState == "57014" }
}
