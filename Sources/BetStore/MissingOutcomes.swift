package import PostgresClient

/// Looks for sequences that have no outcome yet.
package enum MissingOutcomes {
    private static let select: Statement = """
        SELECT s FROM (
            SELECT generate_series($2::bigint, $3::bigint)
            EXCEPT SELECT stream_seq FROM bets
                WHERE stream_epoch = $1::bigint AND stream_seq BETWEEN $2 AND $3
            EXCEPT SELECT stream_seq FROM duplicate_bets
                WHERE stream_epoch = $1 AND stream_seq BETWEEN $2 AND $3
            EXCEPT SELECT stream_seq FROM rejected_bets
                WHERE stream_epoch = $1 AND stream_seq BETWEEN $2 AND $3) AS missing (s)
        ORDER BY s LIMIT $4::bigint
        """

    /// The first `count` of those in `range`, in order. Reads as many index entries as the range is
    /// long: keep it short.
    package static func first(
        _ count: Int,
        in range: ClosedRange<Int64>,
        epoch: Int64,
        on connection: PostgresConnection
    ) throws(PostgresError) -> [Int64] {
        let rows = try connection.query(
            select,
            [
                .int64(epoch), .int64(range.lowerBound), .int64(range.upperBound),
                .int64(Int64(count)),
            ]
        )
        var sequences: [Int64] = []
        for row in 0..<rows.rowCount { sequences.append(try rows.int64(row, 0)) }
        return sequences
    }
}
