package import PostgresClient

/// The streams a database has bets of, by their epochs.
///
/// `betctl streams` enters an epoch, and a backend writes only where it finds it: behind an address
/// that has come to mean another server, a committed bet would be acknowledged and never seen again.
package enum EpochRegistry {
    /// Enters the epoch; entering it again changes nothing.
    package static func register(
        _ epoch: Int64,
        on connection: PostgresConnection
    ) throws(PostgresError) {
        _ = try connection.query(
            "INSERT INTO stream_epochs (epoch) VALUES ($1::bigint) ON CONFLICT DO NOTHING",
            [.int64(epoch)]
        )
    }

    /// Whether the database knows the epoch.
    package static func knows(
        _ epoch: Int64,
        on connection: PostgresConnection
    ) throws(PostgresError) -> Bool {
        try connection.query(
            "SELECT EXISTS (SELECT FROM stream_epochs WHERE epoch = $1::bigint)",
            [.int64(epoch)]
        ).bool(0, 0)
    }

    /// Connects and insists on a database that knows the epoch.
    ///
    /// - Throws: kind `retry` for another database, too: the right one may come back.
    package static func connect(
        _ configuration: PostgresConfiguration,
        epoch: Int64
    ) throws(PostgresError) -> PostgresConnection {
        let connection = try PostgresConnection(configuration)
        guard try isOurs(connection, epoch) else {
            connection.close()
            throw .tryAgain("the database behind POSTGRES_URL is not the one of this stream")
        }
        return connection
    }

    private static func isOurs(
        _ connection: PostgresConnection,
        _ epoch: Int64
    ) throws(PostgresError) -> Bool {
        do {
            return try knows(epoch, on: connection)
        } catch {
            // No such table (42P01): not even a database of this engine.
            guard error.sqlState == "42P01" else { throw error }
            return false
        }
    }
}
