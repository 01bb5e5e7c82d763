import Betting
package import Ledger
package import PostgresClient

/// The table `jobs`: claimed with a lease, ended with a fencing token, by the database's clock alone.
///
/// Jobs are made by the transactions whose consequence they are. A job that is done has no row; one
/// whose last attempt failed stays as dead.
package struct JobQueue {
    /// A lease ends by itself after this long: whoever had it is gone, or as good as gone.
    package static let leaseSeconds = 10
    /// Characters of an error that are kept.
    private static let errorCharactersMax = 500

    let connection: PostgresConnection

    package init(_ connection: PostgresConnection) { self.connection = connection }

    private static let claimStatement: Statement = """
        WITH due AS MATERIALIZED (
            SELECT subject FROM jobs
            WHERE kind = $1 AND state = 'READY' AND run_at <= clock_timestamp() AND attempts < $4
            ORDER BY run_at LIMIT $2 FOR UPDATE SKIP LOCKED)
        UPDATE jobs j SET fence = nextval('job_fences'),
            attempts = j.attempts + 1,
            run_at = clock_timestamp() + $3::bigint * interval '1 second',
            lease_until = clock_timestamp() + $3::bigint * interval '1 second'
        FROM due WHERE j.kind = $1 AND j.subject = due.subject
        RETURNING j.subject, j.round_id, j.attempts, j.fence
        """

    /// Takes jobs that are due, the longest due first, and commits that.
    ///
    /// - Parameter limit: how many at most.
    package func claim(_ kind: JobKind, limit: Int) throws(PostgresError) -> [JobClaim] {
        let rows = try connection.query(
            Self.claimStatement,
            [
                .text(kind.rawValue), .int64(Int64(limit)), .int64(Int64(Self.leaseSeconds)),
                .int64(Int64(kind.attemptsMax)),
            ]
        )
        var claims: [JobClaim] = []
        claims.reserveCapacity(rows.rowCount)
        for row in 0..<rows.rowCount {
            let bits = try rows.uuid(row, 0)
            guard let subject = BetID(high: bits.high, low: bits.low),
                let round = Identifier(try rows.string(row, 1))
            else { throw .stop("a job without a subject or a round") }
            claims.append(
                JobClaim(
                    kind: kind,
                    subject: subject,
                    round: round,
                    attempts: Int(try rows.int64(row, 2)),
                    fence: try rows.int64(row, 3)
                )
            )
        }
        return claims
    }

    private static let finishStatement: Statement = """
        DELETE FROM jobs j USING unnest($2::uuid[], $3::bigint[]) AS c (subject, fence)
        WHERE j.kind = $1 AND j.subject = c.subject AND j.fence = c.fence
        RETURNING j.subject
        """

    /// Ends jobs, as the first thing in the transaction that does their work: until it commits or
    /// rolls back, nobody else can take them.
    ///
    /// - Parameter claims: of one kind.
    /// - Returns: those that are still the caller's. The others were taken over; leave them alone.
    package func finish(_ claims: [JobClaim]) throws(PostgresError) -> [JobClaim] {
        guard let kind = claims.first?.kind else { return [] }
        let rows = try connection.query(Self.finishStatement, Self.parameters(kind, claims))
        var ended: Set<BetID> = []
        for row in 0..<rows.rowCount {
            let bits = try rows.uuid(row, 0)
            if let subject = BetID(high: bits.high, low: bits.low) { ended.insert(subject) }
        }
        return claims.filter { ended.contains($0.subject) }
    }

    private static let releaseStatement: Statement = """
        UPDATE jobs j SET attempts = greatest(j.attempts - 1, 0), lease_until = NULL,
            run_at = clock_timestamp() + $4::bigint * interval '1 millisecond'
        FROM unnest($2::uuid[], $3::bigint[]) AS c (subject, fence)
        WHERE j.kind = $1 AND j.subject = c.subject AND j.fence = c.fence
        """

    /// Gives jobs back untouched: their attempt does not count.
    ///
    /// - Parameter delayMilliseconds: before anybody takes them again.
    package func release(
        _ claims: [JobClaim],
        delayMilliseconds: Int = 0
    ) throws(PostgresError) {
        guard let kind = claims.first?.kind else { return }
        _ = try connection.query(
            Self.releaseStatement,
            Self.parameters(kind, claims) + [.int64(Int64(delayMilliseconds))]
        )
    }

    private static let failStatement: Statement = """
        UPDATE jobs j SET lease_until = NULL, last_error = $5,
            state = CASE WHEN c.delay IS NULL THEN 'DEAD' ELSE 'READY' END,
            run_at = clock_timestamp() + coalesce(c.delay, 0) * interval '1 second'
        FROM unnest($2::uuid[], $3::bigint[], $4::bigint[]) AS c (subject, fence, delay)
        WHERE j.kind = $1 AND j.subject = c.subject AND j.fence = c.fence
        """

    /// Notes a failed attempt: the job comes again after the delay of its kind, or is dead.
    ///
    /// - Parameter reason: shown to operators.
    package func fail(_ claims: [JobClaim], reason: String) throws(PostgresError) {
        guard let kind = claims.first?.kind else { return }
        let delays = claims.map { claim in
            kind.delaySeconds(afterAttempts: claim.attempts).map { Int64($0) }
        }
        let text = String(reason.prefix(Self.errorCharactersMax))
        _ = try connection.query(
            Self.failStatement,
            Self.parameters(kind, claims) + [.optionalInt64Array(delays), .text(text)]
        )
    }

    private static func parameters(_ kind: JobKind, _ claims: [JobClaim]) -> [PostgresValue] {
        [
            .text(kind.rawValue), .uuidArray(claims.map { ($0.subject.high, $0.subject.low) }),
            .int64Array(claims.map(\.fence)),
        ]
    }
}
