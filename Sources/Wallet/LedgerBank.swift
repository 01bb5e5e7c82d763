import LedgerStore
import PostgresClient
import Synchronization
import Telemetry

/// The way to the ledger: lends stores of a pool, and knows whether Postgres answers.
///
/// While it does not, requests are refused at once instead of waiting for a connection each; a watch
/// looks every second whether it is back.
final class LedgerBank: Sendable {
    private struct State {
        /// Nil when all is well.
        var problem: String? = "not reached yet"
        var outboxCount = 0
    }

    /// Of placed bets that wait to be published.
    let outboxMax: Int
    private let pool: PostgresPool
    private let logger: Logger
    private let state = Mutex(State())

    init(
        _ configuration: PostgresConfiguration,
        connectionsMax: Int,
        outboxMax: Int,
        logger: Logger
    ) {
        self.outboxMax = outboxMax
        var settings = LedgerStore.configuration(
            url: configuration.url,
            applicationName: configuration.applicationName
        )
        settings.statementTimeoutMilliseconds = configuration.statementTimeoutMilliseconds
        pool = PostgresPool(settings, connectionsMax: connectionsMax)
        self.logger = logger
    }

    /// Why nothing can be asked; nil when it can.
    var problem: String? { state.withLock { $0.problem } }

    /// Placed bets that waited to be published a second ago, roughly: `LedgerStore.outboxCount`.
    var outboxCount: Int { state.withLock { $0.outboxCount } }

    /// Whether a bet can be placed.
    ///
    /// - Throws: `databaseUnavailable`, `publishingBehind`.
    func admitPlacement() throws(Problem) {
        let now = state.withLock { $0 }
        if now.problem != nil { throw Self.away }
        if now.outboxCount > outboxMax { throw Self.behind }
    }

    /// Connections lent and kept.
    var connections: Int { pool.inUseCount + pool.idleCount }

    /// Lends a store.
    ///
    /// - Throws: `Problem`: `databaseUnavailable`, `busy`, `internalError`.
    func ask<R>(_ body: (LedgerStore) throws(PostgresError) -> R) throws(Problem) -> R {
        guard problem == nil else { throw Self.away }
        return try use(body)
    }

    /// As `ask`, also while Postgres is thought to be away.
    func use<R>(_ body: (LedgerStore) throws(PostgresError) -> R) throws(Problem) -> R {
        do {
            let result = try pool.withConnection { connection in
                try body(LedgerStore(connection))
            }
            return result
        } catch let error as PostgresError {
            throw problem(of: error)
        } catch {
            logger.error("the ledger was not asked", ["error": "\(error)"])
            throw Problem(.internalError)
        }
    }

    /// As `use`, for the watch, which tells people what the database said.
    func probe<R>(_ body: (LedgerStore) throws(PostgresError) -> R) throws -> R {
        try pool.withConnection { connection in try body(LedgerStore(connection)) }
    }

    /// What is told of the database's state: by the watch, and by a request that found it away.
    func note(problem: String?) {
        let isNews = state.withLock { state in
            defer { state.problem = problem }
            return state.problem != problem
        }
        guard isNews else { return }
        if let problem {
            logger.warning("the database is away", ["reason": problem])
        } else {
            logger.info("the database answers")
        }
    }

    /// What the watch is told of the outbox.
    func note(outboxCount: Int) {
        let before = state.withLock { state in
            defer { state.outboxCount = outboxCount }
            return state.outboxCount
        }
        guard (before > outboxMax) != (outboxCount > outboxMax) else { return }
        if outboxCount > outboxMax {
            logger.error(
                "no bets are taken: too many of those placed wait to be published",
                ["limit": "OUTBOX_MAX=\(outboxMax)", "remedy": "do workers run, and does NATS?"]
            )
        } else {
            logger.info("bets are taken again: the outbox is below its limit")
        }
    }

    func close() { pool.close() }

    static let away = Problem(
        .databaseUnavailable,
        "Nothing was lost: the same request, with its Idempotency-Key if it has one, is safe to send "
            + "again.",
        retryAfterSeconds: 1
    )

    private static let behind = Problem(
        .publishingBehind,
        "Nothing was taken: the same request with the same Idempotency-Key is safe.",
        retryAfterSeconds: 5
    )

    /// Says why the database refused a placement that nothing else refused.
    func tell(refusal reason: String) {
        logger.warning("the database refused a placement", ["reason": reason])
    }

    /// Whether the database ended the statement, mostly at the statement timeout.
    static func tookTooLong(_ error: PostgresError) -> Bool { error.sqlState == "57014" }

    private static let slow = Problem(
        .busy,
        "The database took too long over this: the same request, with its Idempotency-Key if it has "
            + "one, is safe to send again.",
        retryAfterSeconds: 1
    )

    /// The store's own word: a call that would have taken too long did a part of it.
    private static let unfinished = Problem(
        .busy,
        "Very many bets of the round still wait for their match, which comes first. The same request, "
            + "sent again, goes on.",
        retryAfterSeconds: 1
    )

    private func problem(of error: PostgresError) -> Problem {
        switch error.cause {
        case .poolExhausted, .poolClosed: return Problem(.busy, retryAfterSeconds: 1)
        case .connectFailed, .responseTimeout:
            note(problem: "\(error)")
            return Self.away
        default: break
        }
        if error.isConnectionLost { return Self.away }
        if Self.tookTooLong(error) { return Self.slow }
        if error.kind == .retry { return error.sqlState == nil ? Self.unfinished : Self.away }
        logger.error("the ledger refused", ["error": "\(error)"])
        return Problem(.internalError)
    }
}
