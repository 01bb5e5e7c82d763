/// How many sessions the server has for the role and database of a connection, and who has them.
package struct ConnectionLimits: Sendable, Equatable {
    /// Sessions that roles without privileges may have: `max_connections` less what is reserved, or
    /// the limit of the role or of the database where that is lower.
    package let available: Int
    /// Of those, how many nobody has now.
    package let free: Int
    /// `application_name` of every session on this database, the asking one's included.
    package let applications: [String]

    package init(available: Int, free: Int, applications: [String]) {
        self.available = available
        self.free = free
        self.applications = applications
    }

    /// Reads them as they are now.
    package static func read(
        from connection: PostgresConnection
    ) throws(PostgresError) -> ConnectionLimits {
        let results = try connection.run(statement)
        guard let row = results.first, row.rowCount == 1 else {
            throw PostgresError(.decoding, "the server did not show its limits")
        }
        let names = try connection.run(
            "SELECT application_name FROM pg_stat_activity "
                + "WHERE backend_type = 'client backend' AND datname = current_database()"
        )
        var applications: [String] = []
        if let sessions = names.first {
            for index in 0..<sessions.rowCount {
                applications.append(try sessions.optionalString(index, 0) ?? "")
            }
        }
        return ConnectionLimits(
            available: Int(try row.int64(0, 0)),
            free: Int(try row.int64(0, 1)),
            applications: applications
        )
    }

    /// `reserved_connections` came with PostgreSQL 16; a limit of -1 is none, and `least` passes
    /// over NULL.
    private static let statement = """
        WITH sessions AS (
            SELECT count(*) AS everybody,
                count(*) FILTER (WHERE usename = session_user) AS role,
                count(*) FILTER (WHERE datname = current_database()) AS base
            FROM pg_stat_activity WHERE backend_type = 'client backend'
        ), limits AS (
            SELECT current_setting('max_connections')::int8
                    - current_setting('superuser_reserved_connections')::int8
                    - coalesce(nullif(current_setting('reserved_connections', true), ''), '0')::int8
                    AS everybody,
                (SELECT nullif(rolconnlimit, -1) FROM pg_roles
                    WHERE rolname = session_user)::int8 AS role,
                (SELECT nullif(datconnlimit, -1) FROM pg_database
                    WHERE datname = current_database())::int8 AS base
        )
        SELECT least(limits.everybody, limits.role, limits.base),
            least(limits.everybody - sessions.everybody, limits.role - sessions.role,
                limits.base - sessions.base)
        FROM limits, sessions
        """
}
