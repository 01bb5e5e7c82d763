package import PostgresClient

/// One process of all trims the stream and fills gaps at a time.
package enum UpkeepLock {
    /// The letters "upkp".
    private static let key: Int64 = 0x7570_6B70

    /// Takes the lock for the connection's session, without waiting. Returns whether it is held; it
    /// goes with the connection.
    package static func take(_ connection: PostgresConnection) throws(PostgresError) -> Bool {
        try connection.query("SELECT pg_try_advisory_lock($1)", [.int64(key)]).bool(0, 0)
    }
}
