import LedgerStore
import PostgresClient

/// Reads all money from Postgres. That reads every wallet.
struct MoneyReader {
    private var pace = Pace(every: .seconds(2))

    /// Postgres gave up: more wallets than can be summed up in the time a statement may take.
    private static let tookTooLong = "57014"

    /// Nil when it is not time yet, or takes too long to be known.
    mutating func read(
        _ connection: PostgresConnection,
        at now: ContinuousClock.Instant
    ) throws(PostgresError) -> MoneyFigures? {
        do throws(PostgresError) {
            return try pace.ifDue(at: now) { () throws(PostgresError) in
                try Self.read(LedgerStore(connection))
            }
        } catch {
            guard error.sqlState == Self.tookTooLong else { throw error }
            return nil
        }
    }

    private static func read(_ store: LedgerStore) throws(PostgresError) -> MoneyFigures {
        let backlog = try store.backlog(limit: LedgerStore.backlogCountMax)
        return MoneyFigures(
            try store.moneySummary(),
            unpublishedCount: backlog.outboxCount,
            unpublishedSeconds: backlog.outboxOldestSeconds
        )
    }
}
