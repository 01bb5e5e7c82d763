import Betting
package import PostgresClient

/// Makes the totals what the tables say, where they differ.
///
/// Bets that come back after their rows were deleted are counted when they are stored, and the
/// totals had never forgotten them; bets that come back after the database was restored are counted
/// once. Nobody can tell one from the other by looking at a bet, so what differs is looked for
/// afterwards. Rows and totals are written in one transaction: what differs in one snapshot differs
/// by the same amount at any later time, however much is stored meanwhile, and is added as a
/// difference. A lock sees to it that one process does this at a time.
package enum TotalsCorrection {
    /// How much was changed.
    package struct Report: Sendable, Equatable {
        /// Rows of `ingest_totals` and `ingest_rejections`.
        package var podRows = 0
        /// Rows of `game_totals`.
        package var gameRows = 0

        package init() {}
    }

    /// The letters "totl".
    private static let lockKey = 0x746F_746C
    /// All tables are read from end to end.
    private static let statementTimeoutMilliseconds = 300_000

    /// - Throws: what the connection throws; what was not corrected is found the next time.
    package static func run(_ connection: PostgresConnection) throws -> Report {
        let limit = connection.responseTimeoutMilliseconds
        connection.responseTimeoutMilliseconds = statementTimeoutMilliseconds + 2_000
        defer {
            _ = try? connection.run("SELECT pg_advisory_unlock(\(lockKey))")
            connection.responseTimeoutMilliseconds = limit
        }
        _ = try connection.run("SELECT pg_advisory_lock(\(lockKey))")
        let (pods, reasons, games) = try connection.transaction(isolation: .repeatableRead) {
            connection in
            _ = try connection.run(
                """
                SET TRANSACTION READ ONLY;
                SET LOCAL statement_timeout = \(statementTimeoutMilliseconds);
                SET LOCAL enable_seqscan = on;
                SET LOCAL enable_nestloop = off
                """
            )
            return try (
                differences(connection, podsQuery, columns: 4),
                differences(connection, reasonsQuery, columns: 1),
                differences(connection, gamesQuery, columns: 2)
            )
        }
        var report = Report()
        guard !(pods.isEmpty && reasons.isEmpty && games.isEmpty) else { return report }
        try connection.transaction { connection in
            // In the order in which a batch takes its locks.
            for row in games { try correct(row, gameStatement, connection) }
            for row in reasons { try correct(row, reasonStatement, connection) }
            for row in pods { try correct(row, podStatement, connection) }
        }
        report.podRows = pods.count + reasons.count
        report.gameRows = games.count
        return report
    }

    /// A row of totals, and what has to be added to its figures.
    private struct Difference {
        let key: [PostgresValue]
        var units: [Int128]
    }

    /// Reads rows of: epoch, three parts of a key, then what each figure says (with 8 decimals) and
    /// what is missing from the sum over the rows of the same group. Rows of a group follow each
    /// other; a new group begins when the number in the first column changes.
    private static func differences(
        _ connection: PostgresConnection,
        _ query: Statement,
        columns: Int
    ) throws -> [Difference] {
        let rows = try connection.query(query)
        var found: [Difference] = []
        var group: Int64 = -1
        var left: [Int128] = []
        for row in 0..<rows.rowCount {
            let next = try rows.int64(row, 0)
            if next != group {
                group = next
                left = try (0..<columns).map { try rows.numeric(row, 5 + columns + $0, scale: 8) }
            }
            let said = try (0..<columns).map { try rows.numeric(row, 5 + $0, scale: 8) }
            let units = shares(of: &left, said)
            guard units.contains(where: { $0 != 0 }) else { continue }
            let key: [PostgresValue] = [
                .int64(try rows.int64(row, 1)), .text(try rows.string(row, 2)),
                .text(try rows.string(row, 3)), .text(try rows.string(row, 4)),
            ]
            found.append(Difference(key: key, units: units))
        }
        return found
    }

    /// What one row of a group takes of what is left to be added to the group: all of a surplus, and
    /// of a deficit no more than it has itself.
    static func shares(of left: inout [Int128], _ said: [Int128]) -> [Int128] {
        var shares: [Int128] = []
        for column in left.indices {
            let share = left[column] >= 0 ? left[column] : max(left[column], -max(said[column], 0))
            left[column] -= share
            shares.append(share)
        }
        return shares
    }

    private static func correct(
        _ difference: Difference,
        _ statement: Statement,
        _ connection: PostgresConnection
    ) throws(PostgresError) {
        _ = try connection.query(
            statement,
            difference.key + difference.units.map { .numeric(units: $0, scale: 8) }
        )
    }
}
