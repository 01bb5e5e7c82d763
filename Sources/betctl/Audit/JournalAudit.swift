import Betting
import PostgresClient

/// A publisher's journal beside the tables.
struct JournalAudit {
    private static let blockRows = 20_000

    let postgres: PostgresConnection
    let journal: Journal

    /// Puts the journal into temporary tables of the session, where the snapshot can join them.
    func load() throws {
        _ = try postgres.run(
            """
            CREATE TEMPORARY TABLE journal_acks
                (id uuid, epoch bigint NOT NULL, seq bigint NOT NULL, dup boolean NOT NULL);
            CREATE TEMPORARY TABLE journal_tries (id uuid NOT NULL)
            """
        )
        try copy(journal.acknowledgements.count, "journal_acks") { index, buffer in
            let ack = journal.acknowledgements[index]
            buffer.beginRow(fieldCount: 4)
            if let id = ack.id { buffer.uuid(high: id.high, low: id.low) } else { buffer.null() }
            buffer.int64(ack.epoch)
            buffer.int64(ack.sequence)
            buffer.bool(ack.isDuplicate)
        }
        try copy(journal.attempts.count, "journal_tries") { index, buffer in
            buffer.beginRow(fieldCount: 1)
            buffer.uuid(high: journal.attempts[index].high, low: journal.attempts[index].low)
        }
        // While `bets` has no statistics, Postgres would read all tries for each of its rows.
        _ = try postgres.run(
            "CREATE INDEX ON journal_tries (id); ANALYZE journal_acks; ANALYZE journal_tries"
        )
    }

    private func copy(
        _ count: Int,
        _ table: String,
        _ row: (Int, inout CopyBuffer) -> Void
    ) throws {
        for start in stride(from: 0, to: count, by: Self.blockRows) {
            let end = min(start + Self.blockRows, count)
            _ = try postgres.copy("COPY \(table) FROM STDIN (FORMAT binary)") { _, buffer in
                for index in start..<end { row(index, &buffer) }
            }
        }
    }

    /// I1. An acknowledgement that says duplicate tells only that the id is known.
    ///
    /// - Parameter arrival: whether the outcomes up to the cut have come.
    func acknowledged(_ cut: AuditCut, _ arrival: AuditCut.Arrival) throws -> AuditCheck {
        let row = try postgres.query(Self.unaccounted, [.int64(cut.epoch)])
        let (missing, elsewhere) = (try row.int64(0, 0), try row.int64(0, 1))
        var notes = ["\(journal.acknowledgements.count) acknowledged"]
        let unknown = journal.attemptCount - journal.acknowledgements.count - journal.refusedCount
        if journal.refusedCount > 0 { notes.append("\(journal.refusedCount) refused") }
        if unknown > 0 { notes.append("\(unknown) without an answer") }
        if elsewhere > 0 { notes.append("\(elsewhere) of epochs that are gone, not checked") }
        if journal.unreadableCount > 0 {
            notes.append("\(journal.unreadableCount) unreadable lines")
        }
        guard missing > 0 else {
            return Invariant.acknowledged.check(.ok, notes.joined(separator: ", "))
        }
        let first = try row.optionalInt64(0, 2) ?? 0
        let detail = "\(missing) acknowledged without outcome, first at sequence \(first)"
        if case .open = arrival { return Invariant.acknowledged.check(.undecided, detail) }
        return Invariant.acknowledged.check(.violated, detail)
    }

    private static let unaccounted: Statement = """
        WITH judged AS (
            SELECT a.*, a.epoch = $1::bigint
                OR EXISTS (SELECT FROM stream_epochs e WHERE e.epoch = a.epoch) AS known
            FROM journal_acks a),
        missing AS (
            SELECT * FROM judged a WHERE known
                AND NOT EXISTS (SELECT FROM bets b WHERE b.stream_epoch = a.epoch
                    AND b.stream_seq = a.seq AND (b.id = a.id OR a.id IS NULL))
                AND NOT EXISTS (SELECT FROM duplicate_bets d WHERE d.stream_epoch = a.epoch
                    AND d.stream_seq = a.seq AND (d.bet_id = a.id OR a.id IS NULL))
                AND NOT EXISTS (SELECT FROM rejected_bets r WHERE r.stream_epoch = a.epoch
                    AND r.stream_seq = a.seq)
                AND NOT (a.dup AND EXISTS (SELECT FROM bets b WHERE b.id = a.id)))
        SELECT (SELECT count(*) FROM missing), (SELECT count(*) FROM judged WHERE NOT known),
            (SELECT min(seq) FROM missing)
        """
}
