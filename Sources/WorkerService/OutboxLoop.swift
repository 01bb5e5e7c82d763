import JetStream
import LedgerStore
import PostgresClient
import ServiceKit
import Synchronization
import Telemetry
import Topology

/// The thread that has the connection to NATS: it takes wake-ups from there, and publishes what
/// waits in the outbox. While NATS is away, betting goes on, and the outbox grows.
final class OutboxLoop: Sendable {
    private static let connectEvery = Duration.seconds(1)
    private static let wakeUpsPendingMax = 1_000
    private static let wakeUpBytesPendingMax = 1 << 16

    private let nats: NATSConfiguration
    private let postgres: PostgresConfiguration
    private let signal: WorkSignal
    private let metrics: WorkerMetrics
    private let figures: WorkerFigures
    private let logger: Logger
    private let beat: @Sendable () -> Void
    /// What the server refused: nothing of it comes by itself later.
    private let refusal = Mutex<String?>(nil)

    init(
        nats: NATSConfiguration,
        postgres: PostgresConfiguration,
        signal: WorkSignal,
        metrics: WorkerMetrics,
        figures: WorkerFigures,
        logger: Logger,
        beat: @escaping @Sendable () -> Void
    ) {
        self.nats = nats
        self.postgres = postgres
        self.signal = signal
        self.metrics = metrics
        self.figures = figures
        self.logger = logger
        self.beat = beat
    }

    /// Blocks until it is time to end.
    ///
    /// - Throws: what only a new process mends: a connection that hangs or that libnats has given up,
    ///   credentials or permissions that are not a publisher's.
    func run() throws(JetStreamError) {
        guard let connection = try connect() else { return }
        defer { connection.close() }
        let wakeUps = try QueueSubscription(
            on: connection,
            subject: Topology.jobsSubject,
            group: nil,
            pendingMessagesMax: Self.wakeUpsPendingMax,
            pendingBytesMax: Self.wakeUpBytesPendingMax
        ) { [signal] _ in signal.wake() }
        defer { wakeUps.leave(drainTimeoutMilliseconds: 0) }
        let relay = try OutboxRelay(on: connection, logger: logger)
        defer { relay.close() }
        let session = Session(postgres, .outbox, figures: figures)
        defer { session.close() }
        var delay = RetryDelay()
        while !signal.isEnding {
            beat()
            let health = connection.probe()
            guard !health.isWedged else { throw .wedged(operation: "reconnect") }
            guard !health.isClosed else { throw .closed }
            if let reason = refusal.withLock({ $0 }) {
                throw .permissionDenied(operation: "publishing", reason: reason)
            }
            metrics.natsUp.set(connection.isConnected)
            let calls = signal.calls
            guard connection.isConnected else {
                if signal.rest(Self.connectEvery) { return }
                continue
            }
            do throws(PostgresError) {
                let round = try LedgerStore(session.connection())
                    .relayOutbox(limit: OutboxRelay.bets, relay.publish)
                metrics.published.add(round.sent)
                metrics.publishFailures.add(round.found - round.sent)
                // What was not acknowledged now will hardly be in the same moment.
                if round.found > 0, round.sent == round.found {
                    delay.reset()
                    continue
                }
                let rest = round.found > 0 ? delay.next() : JobLoop.pollEvery
                if signal.wait(after: round.found > 0 ? signal.calls : calls, atMost: rest) {
                    return
                }
            } catch {
                logger.warning("the outbox cannot be read", ["error": error])
                if signal.rest(delay.next()) { return }
            }
        }
    }

    /// Tries until a server takes the connection; nil when it is time to end.
    private func connect() throws(JetStreamError) -> NATSConnection? {
        var isTold = false
        while !signal.isEnding {
            beat()
            do throws(JetStreamError) {
                return try NATSConnection(nats) { [weak self] in self?.react(to: $0) }
            } catch {
                switch error {
                case .wedged, .invalid, .authenticationFailed, .untrusted: throw error
                default: break
                }
                if !isTold { logger.warning("NATS is away; the outbox grows", ["error": error]) }
                isTold = true
            }
            if signal.rest(Self.connectEvery) { break }
        }
        return nil
    }

    private func react(to event: ConnectionEvent) {
        switch event {
        case .permissionViolation(let text):
            logger.error("NATS refuses", ["subject": text])
            refusal.withLock { $0 = text }
        case .reconnected:
            logger.info("NATS is back")
            signal.wake()
        case .disconnected:
            // Its own end disconnects too.
            if !signal.isEnding { logger.warning("NATS is away; the outbox grows") }
        case .closed, .lameDuck, .asyncError, .slowConsumer:
            logger.debug("NATS", ["event": "\(event)"])
        }
    }
}
