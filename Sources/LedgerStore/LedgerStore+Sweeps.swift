package import PostgresClient

/// What the sweepers found that nobody worked on.
package struct Sweep: Hashable, Sendable {
    /// Rounds with open bets on both sides and nobody at them.
    package var missedMatches = 0
    /// Open bets of rounds that take none, and open bets that waited for too long.
    package var missedRefunds = 0
    /// Open matches of rounds that have their result.
    package var missedSettlements = 0
    /// Rounds in which nothing is left to do.
    package var settledRounds = 0

    package init() {}
}

extension LedgerStore {
    /// The letters "swep": one process of all sweeps at a time.
    private static let sweepLock: Int64 = 0x7377_6570
    /// Open bets of both sides are somebody's job for at least so long.
    private static let matchPatienceSeconds: Int64 = 5
    /// Before a dead job to match is tried again.
    private static let deadMatchSeconds: Int64 = 60
    /// Keys are kept for as long as a client may repeat its request.
    private static let keyHours: Int64 = 24
    /// Bets of one side of one round that are looked at in one sweep.
    private static let lateBetsMax = 1_000

    private static let lockStatement: Statement = "SELECT pg_try_advisory_xact_lock($1)"

    // A dead job to match is tried again: it only says that a round is to be looked at, and while it
    // is there no other one is made for its bet.
    private static let matchesStatement: Statement = """
        INSERT INTO jobs (kind, subject, round_id)
        SELECT 'match', a.id, r.id FROM rounds r
        CROSS JOIN LATERAL (
            SELECT id, user_id, created_at FROM placed_bets
            WHERE round_id = r.id AND side = 'A' AND remaining > 0 ORDER BY number LIMIT 1) AS a
        CROSS JOIN LATERAL (
            SELECT user_id, created_at FROM placed_bets
            WHERE round_id = r.id AND side = 'B' AND remaining > 0 ORDER BY number LIMIT 1) AS b
        WHERE r.settled_at IS NULL AND r.state = 'OPEN'
            AND greatest(a.created_at, b.created_at) < now() - $1::bigint * interval '1 second'
            AND (a.user_id <> b.user_id
                OR EXISTS (SELECT FROM placed_bets WHERE round_id = r.id AND side = 'B'
                    AND remaining > 0 AND user_id <> a.user_id)
                OR EXISTS (SELECT FROM placed_bets WHERE round_id = r.id AND side = 'A'
                    AND remaining > 0 AND user_id <> b.user_id))
        LIMIT $2 ON CONFLICT (kind, subject) DO UPDATE SET state = 'READY', attempts = 0,
            run_at = now()
        WHERE jobs.state = 'DEAD' AND jobs.run_at < now() - $3::bigint * interval '1 second'
        """

    // Bets whose refund is dead do not count among those that are looked at: they stay.
    private static let lateStatement = Statement(
        """
        INSERT INTO jobs (kind, subject, round_id)
        SELECT 'refund', late.id, r.id FROM rounds r
        CROSS JOIN (VALUES ('A'), ('B')) AS s (side)
        CROSS JOIN LATERAL (
            SELECT created_at FROM placed_bets
            WHERE round_id = r.id AND side = s.side AND remaining > 0
            ORDER BY number LIMIT 1) AS oldest
        CROSS JOIN LATERAL (
            SELECT id, created_at FROM placed_bets
            WHERE round_id = r.id AND side = s.side AND remaining > 0
                AND oldest.created_at < now() - $1::bigint * interval '1 second'
                AND (SELECT j.subject FROM jobs j WHERE j.kind = 'refund'
                    AND j.subject = placed_bets.id AND j.state = 'DEAD') IS NULL
            ORDER BY number LIMIT \(lateBetsMax)) AS late
        WHERE r.settled_at IS NULL AND r.state = 'OPEN'
            AND late.created_at < now() - $1::bigint * interval '1 second'
            AND (SELECT j.subject FROM jobs j WHERE j.kind = 'refund' AND j.subject = late.id) IS NULL
        LIMIT $2 ON CONFLICT DO NOTHING
        """
    )

    // LIMIT keeps each of these a look at one round after the other, by its index: a join may begin
    // with every open bet or match there is.
    private static let refundsStatement: Statement = """
        INSERT INTO jobs (kind, subject, round_id)
        SELECT 'refund', b.id, r.id FROM rounds r CROSS JOIN LATERAL (
            SELECT id FROM placed_bets b WHERE round_id = r.id AND remaining > 0
                AND (SELECT j.subject FROM jobs j WHERE j.kind = 'refund' AND j.subject = b.id)
                    IS NULL
            LIMIT $1) AS b
        WHERE r.settled_at IS NULL AND r.state <> 'OPEN' LIMIT $1 ON CONFLICT DO NOTHING
        """

    private static let settlementsStatement: Statement = """
        INSERT INTO jobs (kind, subject, round_id)
        SELECT 'settle', m.id, r.id FROM rounds r CROSS JOIN LATERAL (
            SELECT id FROM matches m WHERE round_id = r.id AND state = 'OPEN'
                AND (SELECT j.subject FROM jobs j WHERE j.kind = 'settle' AND j.subject = m.id)
                    IS NULL
            LIMIT $1) AS m
        WHERE r.settled_at IS NULL AND r.state = 'RESOLVED' LIMIT $1 ON CONFLICT DO NOTHING
        """

    private static let settledStatement: Statement = """
        UPDATE rounds r SET settled_at = now()
        WHERE settled_at IS NULL AND state = 'RESOLVED'
            AND (SELECT id FROM placed_bets WHERE round_id = r.id AND remaining > 0 LIMIT 1)
                IS NULL
            AND (SELECT id FROM matches WHERE round_id = r.id AND state = 'OPEN' LIMIT 1) IS NULL
        """

    /// Keys that one statement takes away.
    package static let keysAtOnceMax = 10_000

    private static let keysStatement: Statement = """
        DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM idempotency_keys
            WHERE created_at < now() - $1::bigint * interval '1 hour'
            ORDER BY created_at LIMIT $2))
        """

    /// Makes the jobs that nobody made, or that were lost, and clears away what is over.
    ///
    /// - Parameter refundAfterSeconds: so long a bet may be open in a round that takes bets.
    /// - Returns: nil when another process is at it.
    package func sweep(refundAfterSeconds: Int) throws(PostgresError) -> Sweep? {
        try transaction { () throws(PostgresError) in
            let lock = try connection.query(Self.lockStatement, [.int64(Self.sweepLock)])
            guard try lock.bool(0, 0) else { return nil }
            let limit = PostgresValue.int64(Int64(Self.jobsAtOnceMax))
            let late = PostgresValue.int64(Int64(refundAfterSeconds))
            func rows(
                _ statement: Statement,
                _ parameters: [PostgresValue]
            ) throws(PostgresError) -> Int {
                try connection.query(statement, parameters).affectedRows
            }
            var sweep = Sweep()
            sweep.missedMatches = try rows(
                Self.matchesStatement,
                [.int64(Self.matchPatienceSeconds), limit, .int64(Self.deadMatchSeconds)]
            )
            sweep.missedRefunds =
                try rows(Self.lateStatement, [late, limit]) + rows(Self.refundsStatement, [limit])
            sweep.missedSettlements = try rows(Self.settlementsStatement, [limit])
            sweep.settledRounds = try rows(Self.settledStatement, [])
            return sweep
        }
    }

    /// Takes away keys that were kept for long enough, the oldest first.
    ///
    /// - Returns: how many are gone; there may be more.
    package func forgetKeys() throws(PostgresError) -> Int {
        try connection.query(
            Self.keysStatement,
            [.int64(Self.keyHours), .int64(Int64(Self.keysAtOnceMax))]
        ).affectedRows
    }
}
