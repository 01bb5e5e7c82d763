package import Betting
package import Ledger
package import PostgresClient

/// What operators do with rounds.
extension LedgerStore {
    /// Jobs that one transaction makes; the sweepers make the others.
    static let jobsAtOnceMax = 10_000

    private static let roundStatement = Statement(
        "SELECT \(Round.columns) FROM rounds WHERE id = $1"
    )

    /// Nil when there is none of that name.
    package func round(_ id: Identifier) throws(PostgresError) -> Round? {
        let rows = try connection.query(Self.roundStatement, [.text(id.description)])
        return rows.rowCount > 0 ? try Round(rows, 0) : nil
    }

    private static let roundsStatement = Statement(
        """
        SELECT \(Round.columns), is_wanted, place FROM (
            SELECT \(Round.columns), ($1::text IS NULL OR state = $1) AS is_wanted,
                row_number() OVER (ORDER BY created_at DESC, id DESC) AS place
            FROM rounds WHERE (created_at, id) < ($2::timestamptz, $3::text)
            ORDER BY created_at DESC, id DESC LIMIT $5
        ) AS looked_at
        WHERE is_wanted OR place = $5
        ORDER BY created_at DESC, id DESC LIMIT $4
        """
    )

    /// Rounds, newest first.
    ///
    /// - Parameters:
    ///   - state: only those; nil for all.
    ///   - cursor: the last round seen; nil for the first page.
    ///   - limit: rounds, up to `pageRowsMax`.
    ///   - lookMax: rounds of any state that are looked at.
    package func rounds(
        state: RoundState? = nil,
        before cursor: (createdAt: Timestamp, id: Identifier)? = nil,
        limit: Int = 50,
        lookMax: Int = Self.pageLookMax
    ) throws(PostgresError) -> Listing<Round> {
        // Beyond every time that is stored.
        let farFuture: Int64 = 32_503_680_000_000_000
        let rows = try connection.query(
            Self.roundsStatement,
            [
                .optional(state?.rawValue),
                .timestamp(
                    microsecondsSince1970: cursor?.createdAt.microseconds ?? farFuture
                ),
                .text(cursor?.id.description ?? ""), Self.rows(limit), .int64(Int64(lookMax)),
            ]
        )
        return try Self.listing(rows, lookMax: lookMax) { row throws(PostgresError) in
            try Round(rows, row)
        }
    }

    private static let createStatement = Statement(
        "INSERT INTO rounds (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING \(Round.columns)"
    )

    /// Opens a round for bets.
    ///
    /// - Returns: `changed`, or `unchanged` when there is an open one of that name, or `conflict`
    ///   when that one takes no bets any more.
    package func createRound(_ id: Identifier) throws(PostgresError) -> RoundOutcome {
        let rows = try connection.query(Self.createStatement, [.text(id.description)])
        if rows.rowCount > 0 { return .changed(try Round(rows, 0)) }
        guard let round = try round(id) else { return .unknown }
        return round.state == .open ? .unchanged(round) : .conflict(round)
    }

    private static let closeStatement = Statement(
        """
        UPDATE rounds SET state = 'CLOSED', closed_at = now() WHERE id = $1 AND state = 'OPEN'
        RETURNING \(Round.columns)
        """
    )

    /// Ends the placing of bets. What is open is matched or, where there is nobody, paid back, by
    /// jobs.
    ///
    /// - Returns: `unchanged` when the round was closed before, `conflict` when it is resolved.
    package func closeRound(_ id: Identifier) throws(PostgresError) -> RoundOutcome {
        try transaction(begin: RoundGate.beginAlone(id)) { () throws(PostgresError) in
            let rows = try connection.query(Self.closeStatement, [.text(id.description)])
            guard rows.rowCount > 0 else {
                guard let round = try round(id) else { return .unknown }
                return round.state == .closed ? .unchanged(round) : .conflict(round)
            }
            _ = try makeRefundJobs(id)
            return .changed(try Round(rows, 0))
        }
    }

    private static let resolveStatement = Statement(
        """
        UPDATE rounds SET state = 'RESOLVED', winner = $2, resolved_at = now(),
            closed_at = coalesce(closed_at, now())
        WHERE id = $1 AND state <> 'RESOLVED' RETURNING \(Round.columns)
        """
    )

    /// Says how a round ended, for good. Matches are paid out and open stakes paid back, by jobs.
    ///
    /// Several transactions: an open round is closed first, and then bets that were placed before
    /// and still wait for their match are matched.
    ///
    /// - Returns: `unchanged` when it had this result before, `conflict` when it has another.
    package func resolveRound(
        _ id: Identifier,
        _ result: RoundResult
    ) throws(PostgresError) -> RoundOutcome {
        if case .unknown = try closeRound(id) { return .unknown }
        if result != .void { try matchAll(id) }
        return try transaction(begin: RoundGate.beginAlone(id)) { () throws(PostgresError) in
            let rows = try connection.query(
                Self.resolveStatement,
                [.text(id.description), .text(result.rawValue)]
            )
            guard rows.rowCount > 0 else {
                guard let round = try round(id) else { return .unknown }
                return round.result == result ? .unchanged(round) : .conflict(round)
            }
            _ = try makeSettleJobs(id)
            _ = try makeRefundJobs(id)
            return .changed(try Round(rows, 0))
        }
    }

    // A subquery a row, by the key: NOT EXISTS may become a join with all jobs of the kind.
    private static let refundJobsStatement: Statement = """
        INSERT INTO jobs (kind, subject, round_id)
        SELECT 'refund', id, round_id FROM placed_bets b
        WHERE round_id = $1 AND remaining > 0
            AND (SELECT j.subject FROM jobs j WHERE j.kind = 'refund' AND j.subject = b.id) IS NULL
        LIMIT $2 ON CONFLICT DO NOTHING
        """

    /// Jobs for what is open in a round that takes no bets any more. Returns how many are new.
    func makeRefundJobs(_ id: Identifier) throws(PostgresError) -> Int {
        try connection.query(
            Self.refundJobsStatement,
            [.text(id.description), .int64(Int64(Self.jobsAtOnceMax))]
        ).affectedRows
    }

    private static let settleJobsStatement: Statement = """
        INSERT INTO jobs (kind, subject, round_id)
        SELECT 'settle', id, round_id FROM matches m
        WHERE round_id = $1 AND state = 'OPEN'
            AND (SELECT j.subject FROM jobs j WHERE j.kind = 'settle' AND j.subject = m.id) IS NULL
        LIMIT $2 ON CONFLICT DO NOTHING
        """

    /// Jobs for the open matches of a round that has its result. Returns how many are new.
    func makeSettleJobs(_ id: Identifier) throws(PostgresError) -> Int {
        try connection.query(
            Self.settleJobsStatement,
            [.text(id.description), .int64(Int64(Self.jobsAtOnceMax))]
        ).affectedRows
    }
}
