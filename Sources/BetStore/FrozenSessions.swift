package import PostgresClient

/// Sessions of backends that stand still inside an open transaction, and so hold ids that others
/// wait for: their process is frozen, or its machine is gone without a word.
///
/// Postgres does not free a session that waits for the rows of a COPY: neither `statement_timeout`
/// nor `idle_in_transaction_session_timeout` counts there, and a frozen process's kernel still
/// answers keep-alives. Only `pg_terminate_backend` ends it (PostgreSQL 15,
/// `ProcessClientReadInterrupt`).
///
/// Ending a session that was alive after all costs one attempt at a batch, and nothing else.
package enum FrozenSessions {
    /// A transaction younger than this is left alone.
    static let transactionAgeSecondsMin = 5
    /// How long the end of a session is waited for, so that its rows are free.
    private static let endMillisecondsMax = 1_000

    /// What a backend's session for bets is called; other sessions of a backend only read, or add a
    /// word to the name.
    private static let applicationNames = "backend %"

    /// A session as it was seen. Two that are equal did nothing in between.
    package struct Suspect: Sendable, Hashable {
        /// The server process.
        let processID: Int64
        /// When session, transaction and statement began, and the bytes its COPY has brought.
        let state: String
    }

    /// Sessions of this role in this database, but for this one, that have written something, whose
    /// transaction is old, and whose server waits for its client.
    private static let sessions = """
        SELECT pid, concat_ws(' ', backend_start, xact_start, state_change, bytes_processed) AS seen
        FROM pg_stat_activity LEFT JOIN pg_stat_progress_copy USING (pid)
        WHERE usename = current_user AND pg_stat_activity.datname = current_database()
            AND application_name LIKE '\(applicationNames)' AND pid <> pg_backend_pid()
            AND backend_xid IS NOT NULL AND wait_event IN ('ClientRead', 'ClientWrite')
            AND xact_start < clock_timestamp() - interval '\(transactionAgeSecondsMin) s'
        """

    private static let lookStatement = Statement(sessions)

    private static let endStatement = Statement(
        """
        SELECT count(*) FILTER (WHERE pg_terminate_backend(s.pid, \(endMillisecondsMax)))
        FROM (\(sessions)) AS s
        JOIN unnest($1::bigint[], $2::text[]) AS t (pid, seen) ON s.pid = t.pid AND s.seen = t.seen
        """
    )

    /// The sessions that look frozen now. Ask after a lock was waited for in vain, outside of a
    /// transaction; look again after a moment (`end`) before you believe it.
    package static func look(
        on connection: PostgresConnection
    ) throws(PostgresError) -> [Suspect] {
        let rows = try connection.query(lookStatement)
        var suspects: [Suspect] = []
        for row in 0..<rows.rowCount {
            suspects.append(
                Suspect(processID: try rows.int64(row, 0), state: try rows.string(row, 1))
            )
        }
        return suspects
    }

    /// Ends those that have not moved since they were seen, and waits until they are gone.
    ///
    /// - Returns: how many were ended.
    package static func end(
        _ suspects: [Suspect],
        on connection: PostgresConnection
    ) throws(PostgresError) -> Int {
        let rows = try connection.query(
            endStatement,
            [.int64Array(suspects.map(\.processID)), .textArray(suspects.map(\.state))]
        )
        return Int(try rows.int64(0, 0))
    }
}
