import BetStore
import Betting
import FaultPoints
import JetStream
import PostgresClient
import RedisClient
package import ServiceKit
import Statistics
import Synchronization
import Topology
package import Telemetry
import Threading

/// A backend pod: takes bets from the queue group, stores them, keeps the odds counters, and
/// answers, until it is stopped or something only a person or a restart can mend happens.
package final class IngestService: Sendable {
    /// After this time of shutting down, what is not committed is left to others.
    private static let drainSeconds = 7
    private static let leaveTimeoutMilliseconds = 2_000
    private static let failedShutdownLimit = Duration.seconds(15)
    private static let redisBreakerMilliseconds = 5_000

    private let logger: Logger
    private let watchdog: Watchdog
    private let connection: NATSConnection
    private let intake: Intake
    private let membership: Membership
    private let store: StoreLoop
    private let answers: AnswerLoop
    private let keeper: Keeper
    private let odds: OddsLoop
    private let upkeep: UpkeepLoop
    private let watch: ServerWatch
    private let failure: FailureBox
    private let stopping: Monitor<Bool>
    private let storeHasEnded = Flag()
    private let isClosing: Flag

    /// Connects and checks everything; takes nothing yet. Blocks up to a minute for servers that
    /// are still starting.
    package init(
        _ configuration: IngestConfiguration,
        bootID: String,
        build: String,
        monitor: IngestMonitor,
        logger: Logger,
        watchdog: Watchdog
    ) throws {
        let metrics = monitor.metrics
        let preparation = Preparation(
            configuration: configuration,
            metrics: metrics,
            logger: logger
        )
        let failure = FailureBox()
        let stopping = Monitor(false)
        let keeperBox = Mutex<Keeper?>(nil)
        try preparation.checkDatabase()
        let isClosing = Flag()
        let connection = try preparation.connect { event in
            guard !isClosing.load() else { return }
            report(event, logger)
            switch event {
            case .permissionViolation(let text): failure.record(IngestError.permission(text))
            case .closed: failure.record(IngestError.nats(.closed))
            case .reconnected:
                metrics.reconnects.add()
                keeperBox.withLock { $0 }?.checkSoon()
            default: return
            }
            if failure.isSet { stopping.update { $0 = true } }
        }
        let epoch: Int64
        let suspects: Set<Int64>
        do {
            epoch = try preparation.checkTopology(connection)
            suspects = try preparation.checkEpoch(epoch, connection)
        } catch {
            // The end of this connection is no news.
            isClosing.set()
            throw error
        }

        self.logger = logger
        self.watchdog = watchdog
        self.connection = connection
        self.failure = failure
        self.isClosing = isClosing
        self.stopping = stopping
        let boot = Boot(podID: configuration.podID, bootID: bootID)
        let intake = Intake(
            epoch: epoch,
            limits: configuration.limits,
            betLimits: configuration.betLimits,
            suspects: suspects
        )
        self.intake = intake
        var stats = PodStats(podID: boot.podID, bootID: boot.bootID, epoch: epoch)
        stats.startedAt = wallClockNanoseconds() / 1_000
        stats.build = build
        let counters = PodCounters(stats)
        // A hung Redis costs the bets one time limit in five seconds; the repair brings what was missed.
        let projection = OddsProjection(
            RedisClient(configuration.redis, openMilliseconds: Self.redisBreakerMilliseconds)
        )
        let answers = AnswerLoop(
            connection: connection,
            odds: projection,
            intake: intake,
            counters: counters,
            metrics: metrics,
            logger: logger
        )
        self.answers = answers
        let deliveries = configuration.nats.forDeliveries
        let membership = Membership(
            connect: { onEvent throws(JetStreamError) in
                try NATSConnection(deliveries) { event in
                    onEvent(event)
                    guard !isClosing.load() else { return }
                    switch event {
                    case .permissionViolation(let text):
                        failure.record(IngestError.permission(text))
                        stopping.update { $0 = true }
                    case .slowConsumer: report(event, logger)
                    // The other connection tells of the server.
                    default: return
                    }
                }
            },
            answers: connection,
            intake: intake
        )
        self.membership = membership
        let storeBeat = watchdog.guardLoop("store", limit: .seconds(60))
        store = StoreLoop(
            configuration: configuration.postgres,
            boot: boot,
            intake: intake,
            counters: counters,
            metrics: metrics,
            logger: logger,
            surroundings: StoreLoop.Surroundings(
                leave: {
                    membership.leave(drainTimeoutMilliseconds: 0)
                    let forgotten = intake.stopTakingAndForget()
                    metrics.leaves.add()
                    logger.warning(
                        "Postgres is away: left the queue group until it answers",
                        ["left_to_others": forgotten]
                    )
                },
                rejoin: {
                    try membership.join()
                    logger.info("Postgres answers: joined the queue group again")
                },
                committed: { held, result in answers.add(held, result) },
                beat: { watchdog.beat(storeBeat) },
                rest: { watchdog.rest(storeBeat) }
            ),
            original: { sequence in originalMessage(sequence, connection) }
        )
        let keeperBeat = watchdog.guardLoop("keeper", limit: .seconds(30))
        let keeper = Keeper(
            connection: connection,
            intake: intake,
            membership: membership,
            counters: counters,
            metrics: metrics,
            logger: logger,
            beat: { watchdog.beat(keeperBeat) }
        )
        self.keeper = keeper
        keeperBox.withLock { $0 = keeper }
        let odds = OddsLoop(
            postgres: configuration.postgres,
            redis: configuration.redis,
            epoch: epoch,
            gamesMax: configuration.gamesMax,
            metrics: metrics,
            logger: logger
        )
        self.odds = odds
        upkeep = UpkeepLoop(
            UpkeepLoop.Parts(
                connection: connection,
                configuration: configuration,
                boot: boot,
                epoch: epoch,
                counters: counters,
                metrics: metrics,
                logger: logger,
                isLeader: { odds.isLeader }
            )
        )
        watch = ServerWatch(
            connection: connection,
            postgres: configuration.postgres,
            redis: configuration.redis,
            intake: intake,
            monitor: monitor,
            dropped: { membership.backlog.dropped }
        )
        monitor.attach(
            IngestMonitor.Parts(
                counters: counters,
                intake: intake,
                membership: membership,
                watch: watch
            )
        )
    }

    /// Takes part until `stop`, then finishes what it holds. Returns within 10 s of `stop`.
    ///
    /// - Throws: what ended it, if not `stop`.
    package func run() async throws {
        try await BlockingThread.run("prepare") { self.odds.prepare() }
        try membership.join()
        logger.info("taking bets", ["epoch": intake.epoch])
        await withDiscardingTaskGroup { group in
            group.addTask { [self] in
                await runThread("store") { try self.store.run() }
                storeHasEnded.set()
                answers.finish()
            }
            group.addTask { [self] in
                await runThread("answer") { self.answers.run() }
                keeper.finish()
                odds.finish()
                upkeep.finish()
                watch.finish()
            }
            group.addTask { [self] in await runThread("keeper") { try self.keeper.run() } }
            group.addTask { [self] in await runThread("odds") { self.odds.run() } }
            group.addTask { [self] in await runThread("upkeep") { self.upkeep.run() } }
            group.addTask { [self] in await runThread("watch") { try self.watch.run() } }
            group.addTask { [self] in await runThread("stop") { self.waitAndDrain() } }
        }
        isClosing.set()
        connection.close()
        if let error = failure.first { throw error }
    }

    /// Begins to shut down: leave the group, finish, commit, answer, tell the last figures.
    package func stop() { stopping.update { $0 = true } }

    private func runThread(_ name: String, _ body: @escaping @Sendable () throws -> Void) async {
        do {
            try await BlockingThread.run(name, body)
        } catch {
            logger.error("stopping", ["thread": name, "error": "\(error)"])
            failure.record(error)
            stop()
        }
    }

    private func waitAndDrain() {
        stopping.wait { $0 ? .done(()) : .wait }
        if failure.isSet {
            // Nobody asked, so nobody set a limit.
            ExitGuard.arm(after: Self.failedShutdownLimit, status: 1, logger: logger)
        }
        logger.info("leaving the queue group", ["held": intake.heldCount])
        membership.leave(drainTimeoutMilliseconds: Self.leaveTimeoutMilliseconds)
        FaultPoint.groupLeft.reach()
        intake.finish()
        let deadline = ContinuousClock.now + .seconds(Self.drainSeconds)
        while intake.heldCount > 0, ContinuousClock.now < deadline, !storeHasEnded.load() {
            BlockingThread.pause(for: .milliseconds(10))
        }
        // A storing thread that ended by itself has committed everything; answers may still be due.
        if intake.heldCount > 0, !storeHasEnded.load() || failure.isSet {
            logger.warning(
                "not everything could be committed; the rest is delivered again",
                ["held": intake.heldCount]
            )
        }
        store.giveUp()
    }
}

/// The first reason why a service stops.
final class FailureBox: Sendable {
    private let error = Mutex<(any Error)?>(nil)

    var first: (any Error)? { error.withLock { $0 } }

    var isSet: Bool { first != nil }

    func record(_ new: any Error) { error.withLock { $0 = $0 ?? new } }
}

/// One line for what happened to the connection.
private func report(_ event: ConnectionEvent, _ logger: Logger) {
    switch event {
    case .disconnected: logger.warning("NATS is away; libnats tries again for ever")
    case .reconnected(let server): logger.info("NATS answers again", ["server": server])
    case .closed: logger.debug("NATS connection closed")
    case .permissionViolation(let text): logger.error("NATS refuses", ["subject": text])
    case .slowConsumer(let subject):
        logger.warning("libnats dropped deliveries; they come again", ["subject": subject])
    case .lameDuck: logger.info("the NATS server is about to stop")
    case .asyncError(let text): logger.warning("NATS reports", ["error": text])
    }
}

/// A message of the bets stream, for the record of an id conflict.
private func originalMessage(_ sequence: Int64, _ connection: NATSConnection) -> RawMessage? {
    let manager = JetStreamManager(connection, timeoutMilliseconds: 500)
    guard let sequence = UInt64(exactly: sequence),
        let stored = try? manager.message(stream: Topology.betsStream, sequence: sequence)
    else { return nil }
    return RawMessage(
        subject: stored.subject,
        headers: stored.headers,
        body: stored.body,
        publishedAt: Timestamp(microseconds: stored.timestampNanoseconds / 1_000)
    )
}
