package import PostgresClient

/// The record of messages that are handled alone, because the processes that had them may have
/// ended through them: the table `poison_attempts`.
///
/// A start of a pod enters itself, and commits that, before it touches such a message; the entry
/// goes in the transaction that gives the message its outcome. So an entry that is found again
/// tells of a start that tries still, or was never heard of: a start that lives renews its entry
/// before each try. The entry of a message that was parked stays, so that nobody decodes it again
/// when the stream is replayed.
package enum PoisonAttempts {
    /// So many starts that began and are not heard of any more make a message poison.
    package static let endedStartsMax = 2
    /// Messages that a start looks out for; the newest.
    package static let listedMax = 1_000

    /// What to do with the message.
    package enum Verdict: Sendable, Equatable {
        /// It has its outcome; nobody needs to look into it.
        case hasOutcome
        /// Handle it alone; the attempt is committed.
        case tryAlone
        /// So many others tried it alone that this start must not, and is not entered. They may
        /// live: look again. The time of their last sign of life is microseconds since 1970.
        case triedByOthers(lastSign: Int64)
    }

    /// The column `pod_id` holds all starts that tried, pod and boot, with a newline between them.
    private static let enter = Statement(
        """
        WITH known AS (
            SELECT EXISTS (SELECT FROM bets WHERE stream_epoch = $1 AND stream_seq = $2)
                OR EXISTS (SELECT FROM duplicate_bets WHERE stream_epoch = $1 AND stream_seq = $2)
                OR EXISTS (SELECT FROM rejected_bets WHERE stream_epoch = $1 AND stream_seq = $2)
                AS has_outcome),
        before AS (
            SELECT string_to_array(pod_id, E'\\n') AS starts, attempted_at
            FROM poison_attempts WHERE stream_epoch = $1 AND stream_seq = $2),
        judged AS (
            SELECT has_outcome, attempted_at,
                coalesce($3::text = ANY (starts) OR cardinality(starts) < \(endedStartsMax), true)
                AS may_try
            FROM known LEFT JOIN before ON true),
        entered AS (
            INSERT INTO poison_attempts AS p (stream_epoch, stream_seq, attempts, pod_id)
            SELECT $1::bigint, $2::bigint, 1, $3::text FROM judged
            WHERE may_try AND NOT has_outcome
            ON CONFLICT (stream_epoch, stream_seq) DO UPDATE SET attempted_at = now(),
                (attempts, pod_id) = (
                    SELECT cardinality(starts), array_to_string(starts, E'\\n')
                    FROM (SELECT array_agg(DISTINCT start) AS starts
                        FROM unnest(string_to_array(p.pod_id, E'\\n') || excluded.pod_id) start) s))
        SELECT has_outcome, may_try,
            coalesce((extract(epoch FROM attempted_at) * 1000000)::bigint, 0)
        FROM judged
        """
    )

    /// Enters that this start is about to handle the message, or that it still does: to be called
    /// before each try, outside of a transaction. One start counts once, as it can end only once.
    package static func begin(
        _ sequence: Int64,
        epoch: Int64,
        boot: Boot,
        on connection: PostgresConnection
    ) throws(PostgresError) -> Verdict {
        let rows = try connection.query(
            enter,
            [.int64(epoch), .int64(sequence), .text(boot.podID + "/" + boot.bootID)]
        )
        if try rows.bool(0, 0) { return .hasOutcome }
        if try rows.bool(0, 1) { return .tryAlone }
        return .triedByOthers(lastSign: try rows.int64(0, 2))
    }

    /// An entry without a start: it says that the message was looked into among others, which counts
    /// against none of them, and that it is to be handled alone from now on.
    private static let enterTogether: Statement = """
        INSERT INTO poison_attempts (stream_epoch, stream_seq, attempts, pod_id)
        SELECT $1::bigint, seq, 1, '' FROM unnest($2::bigint[]) AS seq
        WHERE NOT EXISTS (SELECT FROM bets WHERE stream_epoch = $1 AND stream_seq = seq)
            AND NOT EXISTS (SELECT FROM duplicate_bets WHERE stream_epoch = $1 AND stream_seq = seq)
            AND NOT EXISTS (SELECT FROM rejected_bets WHERE stream_epoch = $1 AND stream_seq = seq)
        ORDER BY seq
        ON CONFLICT DO NOTHING RETURNING stream_seq
        """

    /// Enters that these messages are about to be handled together, apart from all others. The entries
    /// go with their outcomes.
    ///
    /// - Returns: those that were entered; the others have an outcome, or were tried before.
    package static func beginTogether(
        _ sequences: [Int64],
        epoch: Int64,
        on connection: PostgresConnection
    ) throws(PostgresError) -> Set<Int64> {
        let rows = try connection.query(enterTogether, [.int64(epoch), .int64Array(sequences)])
        var entered: Set<Int64> = []
        for row in 0..<rows.rowCount { entered.insert(try rows.int64(row, 0)) }
        return entered
    }

    /// Messages that were tried alone and have no other outcome than `poison`: whoever meets one
    /// handles it alone, whatever the server says about earlier deliveries.
    package static func sequences(
        epoch: Int64,
        on connection: PostgresConnection
    ) throws(PostgresError) -> Set<Int64> {
        let rows = try connection.query(
            """
            SELECT stream_seq FROM poison_attempts WHERE stream_epoch = $1
            ORDER BY attempted_at DESC LIMIT $2::bigint
            """,
            [.int64(epoch), .int64(Int64(listedMax))]
        )
        var sequences: Set<Int64> = []
        for row in 0..<rows.rowCount { sequences.insert(try rows.int64(row, 0)) }
        return sequences
    }
}
