package import PostgresClient

extension BootTotals {
    private static let rowsQuery: Statement = """
        SELECT coalesce(sum(stored), 0)::bigint FROM ingest_totals
        """

    /// Rows of `bets` over all epochs, from the totals that are written with them: as many reads as
    /// there were starts of pods, however many bets there are.
    package static func rows(on connection: PostgresConnection) throws(PostgresError) -> Int64 {
        try connection.query(rowsQuery).int64(0, 0)
    }
}
