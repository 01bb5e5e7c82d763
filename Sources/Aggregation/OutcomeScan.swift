import PostgresClient

/// Finds the first sequence without an outcome, a bounded stretch at a time. Every sequence is
/// looked at about once: where a look ended is where the next one begins. One that is lost for good
/// is counted elsewhere and not waited for.
struct OutcomeScan {
    /// Sequences of one look.
    private static let sequencesMax: Int64 = 10_000

    private static let gapQuery: Statement = """
        SELECT min(expected) FILTER (WHERE seq <> expected), count(*)
        FROM (SELECT seq, $2::bigint + row_number() OVER (ORDER BY seq) AS expected
            FROM (
                SELECT stream_seq AS seq FROM bets
                WHERE stream_epoch = $1 AND stream_seq > $2 AND stream_seq <= $3
                UNION SELECT stream_seq FROM duplicate_bets
                WHERE stream_epoch = $1 AND stream_seq > $2 AND stream_seq <= $3
                UNION SELECT stream_seq FROM rejected_bets
                WHERE stream_epoch = $1 AND stream_seq > $2 AND stream_seq <= $3
                UNION SELECT stream_seq FROM lost_sequences
                WHERE stream_epoch = $1 AND stream_seq > $2 AND stream_seq <= $3) outcomes
            ) numbered
        """

    let epoch: Int64
    /// Every sequence up to here has its outcome.
    private var through: Int64 = 0

    init(epoch: Int64) {
        self.epoch = epoch
    }

    /// - Parameters:
    ///   - known: `outcomes_through` of the epoch.
    ///   - published: the highest sequence there is, as far as is known.
    /// - Returns: nil when there is none, or when it is beyond this look.
    mutating func firstUnresolved(
        _ connection: PostgresConnection,
        known: Int64,
        published: Int64
    ) throws(PostgresError) -> Int64? {
        through = max(through, known)
        guard published > through else { return nil }
        let end = min(published, through + Self.sequencesMax)
        let result = try connection.query(
            Self.gapQuery,
            [.int64(epoch), .int64(through), .int64(end)]
        )
        let count = try result.int64(0, 1)
        if let gap = try result.optionalInt64(0, 0) {
            through = gap - 1
            return gap
        }
        through += count
        return through < end ? through + 1 : nil
    }
}
