import FaultPoints
import Glibc
import JetStream
import ServiceKit
import Statistics
import StatsCodec
import Telemetry
import Topology
import Threading

/// What a pod does beside its bets, on a thread of its own: tells its figures, keeps held messages
/// in progress, and looks whether stream, consumer and connection are what they were.
final class Keeper: Sendable {
    private struct State {
        var isFinishing = false
        var mustCheck = false
    }

    private static let tick = Duration.milliseconds(100)
    /// A third of the ack wait.
    private static let inProgressAge = Duration.seconds(3)
    private static let checkEvery = Duration.seconds(5)
    private static let idleStatsEvery = Duration.seconds(1)
    /// Bets wait and none comes: join anew, then leave for good.
    private static let stalledRejoinSeconds = 10
    private static let stalledLeaveSeconds = 30
    private static let requestTimeoutMilliseconds = 2_000

    private let connection: NATSConnection
    private let intake: Intake
    private let membership: Membership
    private let counters: PodCounters
    private let metrics: IngestMetrics
    private let logger: Logger
    private let beat: @Sendable () -> Void
    private let subject: String
    private let state = Monitor(State())

    init(
        connection: NATSConnection,
        intake: Intake,
        membership: Membership,
        counters: PodCounters,
        metrics: IngestMetrics,
        logger: Logger,
        beat: @escaping @Sendable () -> Void
    ) {
        self.connection = connection
        self.intake = intake
        self.membership = membership
        self.counters = counters
        self.metrics = metrics
        self.logger = logger
        self.beat = beat
        let stats = counters.current.stats
        subject = StatsMessage.subject(podID: stats.podID, bootID: stats.bootID)
    }

    /// Checks the epoch now: the connection was lost and is back.
    func checkSoon() { state.update { $0.mustCheck = true } }

    /// `run` tells the last figures and returns.
    func finish() { state.update { $0.isFinishing = true } }

    func run() throws {
        var progress = Progress(now: .now, received: 0)
        while !waitForTick() {
            beat()
            let now = ContinuousClock.now
            tellFigures(&progress, now)
            keepInProgress(now)
            try membership.keep()
            guard !connection.probe().isWedged else {
                throw IngestError.nats(.wedged(operation: "reconnect"))
            }
            let mustCheck = state.withLock { state in
                defer { state.mustCheck = false }
                return state.mustCheck
            }
            if mustCheck || progress.checkedAt.duration(to: now) >= Self.checkEvery {
                progress.checkedAt = now
                tellPostponed(&progress)
                try check(&progress, now)
            }
        }
        tellLastFigures()
    }

    private func waitForTick() -> Bool {
        let until = ContinuousClock.now + Self.tick
        return state.wait { state in
            if state.isFinishing { return .done(true) }
            return until <= .now ? .done(false) : .waitUntil(until)
        }
    }

    private struct Progress {
        var toldAt: ContinuousClock.Instant
        var toldRevision = -1
        var checkedAt: ContinuousClock.Instant
        /// When a delivery was last seen, or none was due.
        var movedAt: ContinuousClock.Instant
        var received: Int64
        var hasRejoined = false
        /// Deliveries sent back, as last told.
        var postponed: Int64 = 0

        init(now: ContinuousClock.Instant, received: Int64) {
            toldAt = now - .seconds(1)
            checkedAt = now
            movedAt = now
            self.received = received
        }
    }

    // MARK: Figures

    private func tellFigures(_ progress: inout Progress, _ now: ContinuousClock.Instant) {
        var (stats, revision) = counters.current
        let isNew = revision != progress.toldRevision
        guard isNew || progress.toldAt.duration(to: now) >= Self.idleStatsEvery else { return }
        progress.toldAt = now
        progress.toldRevision = revision
        stats.sentAt = wallClockNanoseconds() / 1_000
        FaultPoint.figuresDue.reach()
        // A lost message does no harm: the next one says it all again.
        try? connection.publish(subject, body: StatsMessage.body(stats))
    }

    private func tellLastFigures() {
        FaultPoint.drained.reach()
        var stats = counters.current.stats
        stats.sentAt = wallClockNanoseconds() / 1_000
        stats.isStopping = true
        do {
            _ = try connection.publishAcknowledged(
                subject,
                body: StatsMessage.body(stats),
                messageID: nil,
                timeoutMilliseconds: Self.requestTimeoutMilliseconds
            )
        } catch {
            logger.warning("the last stats message was not acknowledged", ["error": error])
        }
    }

    private func tellPostponed(_ progress: inout Progress) {
        let postponed = intake.counters.postponed
        guard postponed > progress.postponed else { return }
        logger.warning(
            "deliveries were sent back: this pod holds as much as it may",
            ["messages": postponed - progress.postponed, "held": intake.heldCount]
        )
        progress.postponed = postponed
    }

    // MARK: Held messages

    private func keepInProgress(_ now: ContinuousClock.Instant) {
        for replies in intake.replies(unansweredFor: Self.inProgressAge, at: now) {
            do {
                try connection.answer(replies, with: .inProgress)
            } catch {
                logger.debug("in-progress not sent", ["error": error])
            }
        }
    }

    // MARK: Stream and consumer

    private func check(
        _ progress: inout Progress,
        _ now: ContinuousClock.Instant
    ) throws {
        let manager = JetStreamManager(
            connection,
            timeoutMilliseconds: Self.requestTimeoutMilliseconds
        )
        let stream: StreamInfo?
        let consumer: ConsumerInfo?
        do {
            stream = try manager.streamInfo(Topology.betsStream)
            consumer = try manager.consumerInfo(
                stream: Topology.betsStream,
                consumer: Topology.betsConsumer
            )
        } catch {
            // NATS is away or slow; the connection comes back by itself.
            logger.debug("stream not checked", ["error": error])
            progress.movedAt = now
            return
        }
        guard let stream, stream.createdNanoseconds == intake.epoch else {
            throw IngestError.epochChanged(from: intake.epoch, to: stream?.createdNanoseconds)
        }
        guard let consumer else {
            throw IngestError.topology(
                "\(Topology.betsConsumer) is gone: leaving; run `betctl streams`, then restart"
            )
        }
        try watchForStall(consumer, &progress, now)
    }

    /// Bets that wait while the group may take more, and none comes here, mean that this member
    /// was forgotten.
    private func watchForStall(
        _ consumer: ConsumerInfo,
        _ progress: inout Progress,
        _ now: ContinuousClock.Instant
    ) throws {
        let received = intake.counters.received
        let isDue =
            consumer.pending > 0
            && consumer.ackPending < consumer.configuration.maxAckPending / 2
            && membership.isJoined && intake.heldCount == 0
        if received != progress.received || !isDue {
            progress.received = received
            progress.movedAt = now
            progress.hasRejoined = false
            return
        }
        let still = progress.movedAt.duration(to: now)
        if still >= .seconds(Self.stalledLeaveSeconds) {
            throw IngestError.stalled(seconds: Self.stalledLeaveSeconds)
        }
        if still >= .seconds(Self.stalledRejoinSeconds), !progress.hasRejoined {
            progress.hasRejoined = true
            metrics.stallRejoins.add()
            logger.warning("bets wait, but none is delivered here: joining the group anew")
            membership.leave(drainTimeoutMilliseconds: 1_000)
            try membership.join()
        }
    }
}
