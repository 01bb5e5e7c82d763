package import PostgresClient

/// Brings a database to this program's schema, and tells whether it is there.
package enum Migrator {
    /// Only one process migrates a database at a time.
    private static let advisoryLock = 0x6265_7401
    /// A step that met transactions of running pods this often in a deadlock is given up.
    private static let attemptsMax = 10
    private static let deadlock = "40P01"

    /// Applies what is missing, each step in a transaction of its own.
    ///
    /// - Returns: the steps that were applied now.
    /// - Throws: kind `stop` when a step that was applied earlier had another text.
    package static func migrate(
        _ connection: PostgresConnection,
        steps: [Migration] = Migration.all
    ) throws(PostgresError) -> [Migration] {
        _ = try connection.run("SELECT pg_advisory_lock(\(advisoryLock))")
        defer { _ = try? connection.run("SELECT pg_advisory_unlock(\(advisoryLock))") }
        _ = try connection.run(
            """
            SET client_min_messages = warning;
            CREATE TABLE IF NOT EXISTS schema_migrations (
                version    integer     PRIMARY KEY,
                name       text        NOT NULL,
                checksum   bigint      NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now())
            """
        )
        let applied = try checksums(connection)
        var new: [Migration] = []
        for step in steps {
            if let checksum = applied[step.version] {
                guard checksum == step.checksum else {
                    throw .stop(
                        "migration \(step.title) was applied with another text"
                    )
                }
                continue
            }
            try apply(step, connection)
            new.append(step)
        }
        return new
    }

    /// A step locks whole tables, one after the other, while pods that run lock rows of them in an
    /// order of their own: Postgres may have to end one of the two.
    private static func apply(
        _ step: Migration,
        _ connection: PostgresConnection
    ) throws(PostgresError) {
        var attempt = 1
        while true {
            do throws(PostgresError) {
                _ = try connection.run(
                    "BEGIN; \(step.sql)\n; INSERT INTO schema_migrations (version, name, checksum) "
                        + "VALUES (\(step.version), '\(step.name)', \(step.checksum)); COMMIT"
                )
                return
            } catch {
                connection.rollBack()
                guard error.sqlState == deadlock, attempt < attemptsMax else { throw error }
                attempt += 1
            }
        }
    }

    private static func checksums(
        _ connection: PostgresConnection
    ) throws(PostgresError) -> [Int: Int64] {
        let rows = try connection.query("SELECT version, checksum FROM schema_migrations", [])
        var checksums: [Int: Int64] = [:]
        for row in 0..<rows.rowCount {
            checksums[Int(try rows.int64(row, 0))] = try rows.int64(row, 1)
        }
        return checksums
    }

    /// The steps this program knows and the database lacks.
    package static func missing(
        _ connection: PostgresConnection
    ) throws(PostgresError) -> [Migration] {
        let table = try connection.query("SELECT to_regclass('schema_migrations') IS NOT NULL", [])
        guard try table.bool(0, 0) else { return Migration.all }
        let applied = try checksums(connection)
        return Migration.all.filter { applied[$0.version] == nil }
    }

    /// How the steps are called that the database has and this program does not know, oldest first:
    /// a later release migrated it. It is meant to serve this program, too, for steps expand first.
    ///
    /// The database was migrated before.
    package static func beyond(_ connection: PostgresConnection) throws(PostgresError) -> [String] {
        let rows = try connection.query(
            """
            SELECT format('%s (%s)', version, name) FROM schema_migrations
            WHERE version > $1 ORDER BY version
            """,
            [.int64(Int64(Migration.all.map(\.version).max() ?? 0))]
        )
        var titles: [String] = []
        for row in 0..<rows.rowCount { titles.append(try rows.string(row, 0)) }
        return titles
    }
}
