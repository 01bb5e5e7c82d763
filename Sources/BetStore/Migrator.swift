package import PostgresClient

/// Brings a database to this program's schema, and tells whether it is there.
package enum Migrator {
    /// Only one process migrates a database at a time.
    private static let advisoryLock = 0x6265_7401

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
                        "migration \(step.version) (\(step.name)) was applied with another text"
                    )
                }
                continue
            }
            try apply(step, connection)
            new.append(step)
        }
        return new
    }

    private static func apply(
        _ step: Migration,
        _ connection: PostgresConnection
    ) throws(PostgresError) {
        do {
            _ = try connection.run(
                "BEGIN; \(step.sql)\n; INSERT INTO schema_migrations (version, name, checksum) "
                    + "VALUES (\(step.version), '\(step.name)', \(step.checksum)); COMMIT"
            )
        } catch {
            connection.rollBack()
            throw error
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
}
