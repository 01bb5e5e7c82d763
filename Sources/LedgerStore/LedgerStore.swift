import FaultPoints
package import PostgresClient

/// Everything that moves money or asks about it, on one connection.
///
/// Locks are taken in one order: gates of rounds (`RoundGate`) by number, the round's matching,
/// wallets by user, matches, bets by number. Each operation is one transaction (where its text says
/// so, several), and is repeated as a whole when Postgres broke a deadlock or a wait took too long.
/// Used by one thread at a time, outside of a transaction.
package struct LedgerStore {
    /// A transaction that met others this often is given up: kind `retry`.
    private static let attemptsMax = 6
    /// … in a job: all waiting for locks has to end well within its lease.
    private static let jobAttemptsMax = 2
    /// Failures that say: others were in the way, do all of it again.
    private static let conflictStates: Set<String> = ["40001", "40P01", "55P03"]

    package let connection: PostgresConnection
    private let attemptsMax: Int

    /// - Parameters:
    ///   - connection: made with `configuration`.
    ///   - isForJobs: gives up early when others are in the way: the job comes again.
    package init(_ connection: PostgresConnection, isForJobs: Bool = false) {
        self.connection = connection
        attemptsMax = isForJobs ? Self.jobAttemptsMax : Self.attemptsMax
    }

    /// How this store's sessions are set up.
    ///
    /// - Parameters:
    ///   - url: as `PostgresConfiguration` wants it.
    ///   - applicationName: shown in `pg_stat_activity`.
    package static func configuration(
        url: String,
        applicationName: String
    ) -> PostgresConfiguration {
        var configuration = PostgresConfiguration(url: url, applicationName: applicationName)
        configuration.lockTimeoutMilliseconds = 2_000
        // Rows are found by key, one by one. A plan is made once, maybe while a table is empty, and
        // must not read all of it later on.
        configuration.settings = [
            ("enable_seqscan", "off"), ("enable_mergejoin", "off"), ("enable_hashjoin", "off"),
            ("plan_cache_mode", "force_generic_plan"), ("jit", "off"),
        ]
        return configuration
    }

    /// Runs `body` between `begin` and COMMIT, again from the start when others were in the way.
    ///
    /// - Parameter begin: a script that begins the transaction.
    /// - Throws: `commitUnknown` when the connection went during COMMIT: look before doing it again.
    func transaction<R>(
        begin: String = "BEGIN",
        _ body: () throws(PostgresError) -> R
    ) throws(PostgresError) -> R {
        var attempt = 1
        while true {
            do throws(PostgresError) {
                _ = try connection.run(begin)
                let value = try body()
                FaultPoint.moneyCommitDue.reach()
                // A script of two, as the fault point `commitSent` wants it.
                _ = try connection.run("SELECT; COMMIT")
                FaultPoint.moneyCommitted.reach()
                return value
            } catch {
                connection.rollBack()
                guard attempt < attemptsMax, connection.isUsable,
                    let state = error.sqlState, Self.conflictStates.contains(state)
                else { throw error }
                attempt += 1
            }
        }
    }
}
