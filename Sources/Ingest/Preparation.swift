import BetStore
import JetStream
import PostgresClient
import ServiceKit
import Telemetry
import Topology
import Threading

/// What a backend makes sure of before it takes the first bet.
struct Preparation {
    /// Servers may still be starting: how long they are waited for.
    static let patience = Duration.seconds(60)

    let configuration: IngestConfiguration
    let metrics: IngestMetrics
    let logger: Logger

    /// Looks at the database: durable settings, the schema.
    func checkDatabase() throws {
        try patiently("Postgres") {
            let connection = try connectToDatabase()
            defer { connection.close() }
            try check(connection)
            try checkBudget(connection)
        }
    }

    /// Tells when Postgres has not enough connections for all, and insists on those of this backend.
    private func checkBudget(_ connection: PostgresConnection) throws {
        let budget = ConnectionBudget(
            try ConnectionLimits.read(from: connection),
            backendsMax: configuration.backendsMax
        )
        metrics.connectionsAvailable.set(budget.available)
        metrics.connectionsNeeded.set(budget.needed)
        // The one that asks is closed in a moment.
        guard budget.free + 1 >= ConnectionBudget.perBackend else {
            throw IngestError.noConnections(free: budget.free + 1)
        }
        if let shortage = budget.shortage {
            logger.warning("the connections to Postgres are too few", ["found": shortage])
        }
    }

    private func connectToDatabase() throws -> PostgresConnection {
        do throws(PostgresError) {
            return try PostgresConnection(configuration.postgres)
        } catch {
            guard error.kind == .stop else { throw error }
            throw IngestError.setting("POSTGRES_URL: \(error)")
        }
    }

    private func check(_ connection: PostgresConnection) throws {
        let unsafe = try DurabilitySettings.read(from: connection).unsafe
        guard unsafe.isEmpty || configuration.allowsUnsafe else {
            throw IngestError.unsafeDatabase(unsafe)
        }
        let missing = try Migrator.missing(connection)
        guard missing.isEmpty else {
            throw IngestError.schemaMissing(
                "the database lacks migration "
                    + missing.map(\.title).joined(separator: ", ")
                    + ": run `betctl migrate`"
            )
        }
        // In a rollout, and after one was taken back.
        let beyond = try Migrator.beyond(connection)
        if !beyond.isEmpty {
            logger.info(
                "the database is newer than this program, which goes on with it",
                ["migrations": beyond.joined(separator: ", ")]
            )
        }
    }

    /// Insists on a database that knows the stream, and on a stream that has all it ever had.
    ///
    /// - Returns: sequences that other starts tried alone, and this one should.
    func checkEpoch(_ epoch: Int64, _ nats: NATSConnection) throws -> Set<Int64> {
        try patiently("Postgres or JetStream") {
            let connection = try connectToDatabase()
            defer { connection.close() }
            guard try EpochRegistry.knows(epoch, on: connection) else {
                throw IngestError.topology(
                    "the database does not know \(Topology.betsStream) of epoch \(epoch): run "
                        + "`betctl streams`, or mend POSTGRES_URL"
                )
            }
            try checkEnd(epoch, nats, connection)
            return try PoisonAttempts.sequences(epoch: epoch, on: connection)
        }
    }

    private func checkEnd(
        _ epoch: Int64,
        _ nats: NATSConnection,
        _ postgres: PostgresConnection
    ) throws {
        let end = try StreamEnd(epoch: epoch, on: postgres)
        let stream = try JetStreamManager(nats).streamInfo(Topology.betsStream)
        guard let stream, stream.createdNanoseconds == epoch,
            let loss = end.loss(last: stream.lastSequence)
        else { return }
        try StreamEnd.record(loss, epoch: epoch, on: postgres)
        throw IngestError.streamLostEnd(loss)
    }

    func connect(
        onEvent: @escaping @Sendable (ConnectionEvent) -> Void
    ) throws -> NATSConnection {
        do throws(JetStreamError) {
            return try NATSConnection.connect(
                configuration.nats,
                retryingForMilliseconds: 60_000,
                onEvent: onEvent
            )
        } catch {
            guard error.disposition == .stop else { throw error }
            throw IngestError.setting("NATS_URL: \(error)")
        }
    }

    /// Compares streams and consumer with the intention.
    ///
    /// - Returns: the stream's epoch.
    func checkTopology(_ connection: NATSConnection) throws -> Int64 {
        let topology = Topology(configuration.topology)
        let (report, hasEndedTrim) = try patiently("JetStream") {
            let manager = JetStreamManager(connection)
            let report = try topology.inspect(manager)
            let hasEndedTrim = try report.bets.map {
                try topology.endTrim(of: $0.configuration, manager)
            }
            return (report, hasEndedTrim ?? false)
        }
        if hasEndedTrim {
            logger.warning("a trim had not come to its end: max_age is what it was again")
        }
        metrics.topologyWarnings.set(report.warnings.count)
        for finding in report.warnings {
            logger.warning("not as intended", ["found": finding])
        }
        guard report.fatal.isEmpty, let epoch = report.epoch else {
            throw IngestError.topology(
                report.fatal.map(\.description).joined(separator: "; ")
                    + ": run `betctl streams`"
            )
        }
        return epoch
    }

    /// Tries again while the error says that it may help: a server may also go away between two
    /// steps.
    private func patiently<Result>(_ what: String, _ attempt: () throws -> Result) throws -> Result
    {
        let since = ContinuousClock.now
        var delay = RetryDelay(first: .milliseconds(200))
        while true {
            do {
                return try attempt()
            } catch {
                guard isRetryable(error), since.duration(to: .now) < Self.patience else {
                    throw error
                }
                logger.info("waiting for \(what)", ["error": "\(error)"])
                BlockingThread.pause(for: delay.next())
            }
        }
    }

    private func isRetryable(_ error: any Error) -> Bool {
        switch error {
        case let error as PostgresError: error.kind == .retry
        case let error as JetStreamError: error.disposition == .retry
        // Sessions of a pod that has just ended are still there for a moment.
        case IngestError.noConnections: true
        default: false
        }
    }
}
