package import PostgresClient

/// The lock's holder has to show that it is there: a process that was frozen keeps its session, and
/// with it the lock, for as long as it stands still.
extension OddsMaintenance {
    /// A holder whose session was silent for this long does no rounds any more.
    private static let silentSecondsMax = 5

    /// What a holder asks before each round, so that its session is never silent while it works.
    private static let sign: Statement = "SELECT 1"

    /// Ends the session that holds the lock, if it is silent and of the same role. A server that
    /// waits for its client to take an answer counts as silent, too.
    private static let endSilent: Statement = """
        SELECT pg_terminate_backend(a.pid) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = $1::bigint
        AND l.objsubid = 1 AND a.datname = current_database() AND a.usename = current_user
        AND (a.state <> 'active' OR a.wait_event = 'ClientWrite')
        AND a.state_change < clock_timestamp() - $2::bigint * interval '1 second'
        """

    /// Shows other processes that the holder is at work.
    ///
    /// - Throws: `postgres`.
    static func giveSign(_ connection: PostgresConnection) throws(OddsError) {
        do {
            _ = try connection.query(sign)
        } catch {
            throw .postgres(error)
        }
    }

    /// Takes the lock away from a holder that stands still; the next `tryLock` may get it.
    ///
    /// - Returns: whether there was one.
    /// - Throws: `postgres`.
    package static func relieve(_ connection: PostgresConnection) throws(OddsError) -> Bool {
        do {
            return try connection.query(
                endSilent,
                [.int64(lockKey), .int64(Int64(silentSecondsMax))]
            ).rowCount > 0
        } catch {
            throw .postgres(error)
        }
    }
}
