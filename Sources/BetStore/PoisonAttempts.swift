package import PostgresClient

/// The record of messages that are handled alone, because the processes that had them may have
/// ended through them: the table `poison_attempts`.
///
/// A start of a pod enters itself, and commits that, before it touches such a message; the entry
/// goes in the transaction that gives the message its outcome. So an entry that is found again
/// tells of a start that was never heard of. The entry of a message that was parked stays, so that
/// nobody decodes it again when the stream is replayed.
package enum PoisonAttempts {
    /// So many starts that began and were not heard of again make a message poison.
    package static let endedStartsMax = 2
    /// Messages that a start looks out for; the newest.
    package static let listedMax = 1_000

    /// What to do with the message.
    package enum Verdict: Sendable, Equatable {
        /// It has its outcome; nobody needs to look into it.
        case hasOutcome
        /// Handle it alone; the attempt is committed.
        case tryAlone
        /// It ended every start that tried it alone.
        case park
    }

    private static let enter: Statement = """
        WITH known AS (
            SELECT EXISTS (SELECT FROM bets WHERE stream_epoch = $1 AND stream_seq = $2)
                OR EXISTS (SELECT FROM duplicate_bets WHERE stream_epoch = $1 AND stream_seq = $2)
                OR EXISTS (SELECT FROM rejected_bets WHERE stream_epoch = $1 AND stream_seq = $2)
                AS has_outcome),
        entered AS (
            INSERT INTO poison_attempts AS p (stream_epoch, stream_seq, attempts, pod_id)
            SELECT $1::bigint, $2::bigint, 1, $3::text FROM known WHERE NOT has_outcome
            ON CONFLICT (stream_epoch, stream_seq) DO UPDATE
            SET attempts = p.attempts + (p.pod_id <> excluded.pod_id)::int,
                pod_id = excluded.pod_id, attempted_at = now()
            RETURNING attempts)
        SELECT has_outcome, coalesce((SELECT attempts FROM entered), 0) FROM known
        """

    /// Enters that this start is about to handle the message. May be repeated: one start counts
    /// once, as it can end only once. Call it outside of a transaction.
    package static func begin(
        _ sequence: Int64,
        epoch: Int64,
        boot: Boot,
        on connection: PostgresConnection
    ) throws(PostgresError) -> Verdict {
        // The column holds pod and start, so that a restarted pod is told from one that tries
        // again.
        let rows = try connection.query(
            enter,
            [.int64(epoch), .int64(sequence), .text(boot.podID + "/" + boot.bootID)]
        )
        if try rows.bool(0, 0) { return .hasOutcome }
        let others = try rows.int64(0, 1) - 1
        return others >= endedStartsMax ? .park : .tryAlone
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
