import BetStore
import PostgresClient
import RedisClient
import ServiceKit
import Synchronization
import Telemetry
import Threading

/// Keeps the odds counters what Postgres says: one process of all at a time looks once a second
/// and mends what differs. It has connections of its own, so that nothing waits for it.
final class OddsLoop: Sendable {
    private static let every = Duration.seconds(1)
    /// Another process does the work: how often to ask whether it still does.
    private static let everyInVain = Duration.seconds(2)
    private static let preparationLimit = Duration.seconds(2)

    private let postgres: PostgresConfiguration
    private let redis: RedisConfiguration
    private let epoch: Int64
    private let gamesMax: Int
    private let metrics: IngestMetrics
    private let logger: Logger
    private let isFinishing = Monitor(false)
    private let leader = Atomic(false)

    init(
        postgres: PostgresConfiguration,
        redis: RedisConfiguration,
        epoch: Int64,
        gamesMax: Int,
        metrics: IngestMetrics,
        logger: Logger
    ) {
        var postgres = postgres
        postgres.applicationName += " odds"
        self.postgres = postgres
        self.redis = redis
        self.epoch = epoch
        self.gamesMax = gamesMax
        self.metrics = metrics
        self.logger = logger
    }

    /// Whether this process is the one that does the work.
    var isLeader: Bool { leader.load(ordering: .relaxed) }

    func finish() { isFinishing.update { $0 = true } }

    /// Makes the counters of an engine without bets before the first one comes: otherwise the first
    /// batches would find none and be left to the repair, which looks like a failure. Nothing happens
    /// when there are bets, or a server is away; `run` does the rest.
    func prepare() {
        do {
            let connection = try EpochRegistry.connect(postgres, epoch: epoch)
            defer { connection.close() }
            guard try BootTotals.rows(on: connection) == 0 else { return }
            let projection = OddsProjection(RedisClient(redis))
            let deadline = ContinuousClock.now + Self.preparationLimit
            while try projection.total() == nil, ContinuousClock.now < deadline {
                // Another backend that starts at this moment may be at it.
                if try SharedLock.odds.take(connection) {
                    _ = try OddsMaintenance(projection).round(connection: connection)
                } else if pause(.milliseconds(20)) {
                    return
                }
            }
        } catch {
            logger.debug("odds counters left to the repair", ["error": "\(error)"])
        }
    }

    /// Blocks until `finish`. Errors are logged and tried again: betting does not depend on it.
    func run() {
        let maintenance = OddsMaintenance(
            OddsProjection(RedisClient(redis)),
            gamesMax: gamesMax
        )
        var session = Session()
        var every = Self.every
        while !pause(every) {
            do {
                let isLeader = try round(maintenance, &session)
                every = isLeader ? Self.every : Self.everyInVain
            } catch {
                metrics.oddsRoundFailed()
                if session.connection?.isUsable != true {
                    session = Session(lastError: session.lastError)
                    metrics.isConnected(.odds, false)
                    isLeader(false)
                }
                report("\(error)", &session)
            }
        }
        session.connection?.close()
        metrics.isConnected(.odds, false)
        isLeader(false)
    }

    private func isLeader(_ isLeader: Bool) {
        leader.store(isLeader, ordering: .relaxed)
        metrics.isOddsLeader(isLeader)
    }

    private struct Session {
        var connection: PostgresConnection?
        var isLeader = false
        var lastError = ""
    }

    /// Returns whether this process is the one that does the work.
    private func round(_ maintenance: OddsMaintenance, _ session: inout Session) throws -> Bool {
        let connection =
            try session.connection ?? EpochRegistry.connect(postgres, epoch: epoch)
        session.connection = connection
        metrics.isConnected(.odds, true)
        if !session.isLeader {
            session.isLeader = try SharedLock.odds.take(connection)
            guard session.isLeader else {
                if try SharedLock.odds.endSilentHolder(connection) {
                    logger.warning("the keeper of the odds counters stood still: relieved")
                }
                return false
            }
            isLeader(true)
            logger.info("keeping the odds counters")
        }
        let report = try maintenance.round(connection: connection)
        metrics.add(report)
        if !session.lastError.isEmpty {
            logger.info("odds counters are kept again")
            session.lastError = ""
        }
        if let cause = report.rebuild {
            logger.warning("odds counters rebuilt from Postgres", ["cause": "\(cause)"])
        }
        if report.retired > 0 {
            logger.warning(
                "more games than GAMES_MAX: those not bet on for longest have no counters now",
                ["games": report.retired]
            )
        }
        if report.repaired > 0 {
            logger.info("odds counters repaired", ["sequences": report.repaired])
        }
        return true
    }

    /// One line when something begins to fail, not one a second.
    private func report(_ error: String, _ session: inout Session) {
        guard error != session.lastError else { return }
        session.lastError = error
        logger.warning("odds counters cannot be kept now", ["error": error])
    }

    /// Waits for the next round; true when there is none.
    private func pause(_ time: Duration) -> Bool {
        let until = ContinuousClock.now + time
        return isFinishing.wait { isFinishing in
            if isFinishing { return .done(true) }
            return until <= .now ? .done(false) : .waitUntil(until)
        }
    }
}
