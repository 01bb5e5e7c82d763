package import PostgresClient

/// An advisory lock by which one backend of all does a piece of work, held by a session for as long
/// as it lives.
///
/// A process that was frozen keeps its session, and with it the lock, for as long as it stands
/// still. So a holder has to show that it is there, and the others take the lock away from one that
/// does not. A holder that was alive after all loses its session, and nothing else: what is done
/// under these locks may be done twice.
package enum SharedLock: Int64, Sendable, CaseIterable {
    /// The odds counters are kept: the letters "odds".
    case odds = 0x6F64_6473
    /// The stream is trimmed and gaps are filled: the letters "upkp".
    case upkeep = 0x7570_6B70

    /// A holder whose session was silent for this long does no work any more. Both kinds of work
    /// ask Postgres something about every second.
    package static let silentSecondsMax = 5

    private static let takeStatement: Statement = "SELECT pg_try_advisory_lock($1)"

    private static let signStatement: Statement = "SELECT 1"

    /// Ends the session that holds the lock, if it is silent and of the same role. A server that
    /// waits for its client to take an answer counts as silent, too.
    private static let endStatement: Statement = """
        SELECT pg_terminate_backend(a.pid) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = $1::bigint
        AND l.objsubid = 1 AND l.database = a.datid
        AND a.datname = current_database() AND a.usename = current_user
        AND (a.state <> 'active' OR a.wait_event = 'ClientWrite')
        AND a.state_change < clock_timestamp() - $2::bigint * interval '1 second'
        """

    /// Takes the lock for the connection's session, without waiting. Returns whether it is held.
    package func take(_ connection: PostgresConnection) throws(PostgresError) -> Bool {
        try connection.query(Self.takeStatement, [.int64(rawValue)]).bool(0, 0)
    }

    /// Shows the others that the session's process is at work.
    package static func giveSign(_ connection: PostgresConnection) throws(PostgresError) {
        _ = try connection.query(signStatement)
    }

    /// Takes the lock away from a holder that stands still; the next `take` may get it.
    ///
    /// - Returns: whether there was one.
    package func endSilentHolder(_ connection: PostgresConnection) throws(PostgresError) -> Bool {
        try connection.query(
            Self.endStatement,
            [.int64(rawValue), .int64(Int64(Self.silentSecondsMax))]
        ).rowCount > 0
    }
}
