import Betting
import FaultPoints
import PostgresClient
import Telemetry

/// The statements that record what is not a new bet, and the totals.
extension BatchWriter {
    private static let insertDuplicate: Statement = """
        INSERT INTO duplicate_bets (stream_epoch, stream_seq, bet_id, pod_id)
        SELECT $1::bigint, d.stream_seq, d.bet_id, $2::text
        FROM unnest($3::bigint[], $4::uuid[]) AS d (stream_seq, bet_id)
        ON CONFLICT DO NOTHING
        """

    private static let insertRejected: Statement = """
        INSERT INTO rejected_bets (stream_epoch, stream_seq, published_at, bet_id, reason, detail, \
        subject, headers, body, pod_id)
        VALUES ($1::bigint, $2::bigint, $3::timestamptz, $4::uuid, $5::text, $6::text, $7::text, \
        $8::jsonb, $9::bytea, $10::text)
        ON CONFLICT DO NOTHING
        """

    func insertDuplicates(
        _ duplicates: [ReceivedBet],
        _ work: inout BatchWork,
        on connection: PostgresConnection
    ) throws(PostgresError) {
        guard !duplicates.isEmpty else { return }
        let ordered = duplicates.sorted { $0.sequence < $1.sequence }
        let inserted = try connection.query(
            Self.insertDuplicate,
            [
                .int64(work.batch.epoch), .text(boot.podID), .int64Array(ordered.map(\.sequence)),
                .uuidArray(ordered.map { ($0.id.high, $0.id.low) }),
            ]
        ).affectedRows
        work.result.duplicateCount += inserted
        work.result.redeliveredCount += ordered.count - inserted
        work.finish(ordered, areNew: inserted == ordered.count)
        guard inserted < ordered.count else { return }
        let known = try known(ordered.map(\.sequence), work.batch.epoch, on: connection)
        for duplicate in ordered {
            if let outcome = known[duplicate.sequence] {
                work.expect(outcome.isOf(duplicate), duplicate.sequence)
            }
        }
    }

    /// The outcomes that others gave these sequences meanwhile.
    private func known(
        _ sequences: [Int64],
        _ epoch: Int64,
        on connection: PostgresConnection
    ) throws(PostgresError) -> KnownOutcomes {
        let ranges = sequenceRanges(sequences)
        let results = try connection.run(KnownOutcomes.query(epoch: epoch, ranges: ranges))
        return try results.first.map { rows throws(PostgresError) in try KnownOutcomes(rows) }
            ?? KnownOutcomes()
    }

    /// Records rejected messages, those that have an outcome already excepted: after a server that
    /// forgot how far its consumer was, all of them come again.
    func reject(
        _ messages: [RejectedMessage],
        _ work: inout BatchWork,
        on connection: PostgresConnection
    ) throws(PostgresError) {
        for message in messages.sorted(by: { $0.sequence < $1.sequence }) {
            if let outcome = work.known[message.sequence] {
                work.expect(outcome.isOf(message.message), message.sequence)
                if outcome.kind == .rejected {
                    work.finish(message, isNew: false)
                } else {
                    // Another version of this program judged otherwise: its word is in the table.
                    work.judgedBefore(message.sequence, outcome.kind)
                }
                continue
            }
            FaultPoint.rejectionFound.reach()
            let isNew = try insert(message, epoch: work.batch.epoch, on: connection)
            work.finish(message, isNew: isNew)
            guard !isNew else { continue }
            let outcome = try known([message.sequence], work.batch.epoch, on: connection)
            work.expect(
                outcome[message.sequence]?.isOf(message.message) ?? true,
                message.sequence
            )
        }
    }

    private func insert(
        _ rejected: RejectedMessage,
        epoch: Int64,
        on connection: PostgresConnection
    ) throws(PostgresError) -> Bool {
        let message = rejected.message
        let id = rejected.betID.map { PostgresValue.uuid(high: $0.high, low: $0.low) }
        let result = try connection.query(
            Self.insertRejected,
            [
                .int64(epoch), .int64(rejected.sequence),
                .timestamp(microsecondsSince1970: message.publishedAt.microseconds),
                id ?? .null, .text(rejected.reason.rawValue), .text(rejected.detail),
                .text(message.subject), .text(message.headersJSON), .bytes(message.body),
                .text(boot.podID),
            ]
        )
        return result.affectedRows == 1
    }

    private static let selectRejected: Statement = """
        SELECT stream_seq, reason, detail FROM rejected_bets
        WHERE stream_epoch = $1::bigint AND stream_seq = ANY ($2::bigint[])
        """

    /// Adds the rejections of bets that were recorded before to the result: whoever recorded them
    /// may have ended before the copy for tools was made. After the commit, so that no row is
    /// locked while the originals are asked for.
    func recallRejected(
        _ work: inout BatchWork,
        on connection: PostgresConnection
    ) throws(PostgresError) {
        guard !work.rejectedBefore.isEmpty else { return }
        let bets = Dictionary(work.rejectedBefore.map { ($0.sequence, $0) }) { first, _ in first }
        let rows = try connection.query(
            Self.selectRejected,
            [.int64(work.batch.epoch), .int64Array(bets.keys.sorted())]
        )
        for row in 0..<rows.rowCount {
            guard let received = bets[try rows.int64(row, 0)],
                let reason = RejectionReason(rawValue: try rows.string(row, 1))
            else { continue }
            work.result.rejected.append(
                rejection(
                    of: received,
                    in: work.batch,
                    reason: reason,
                    detail: try rows.string(row, 2)
                )
            )
        }
    }

    private static let lockAttempts: Statement = """
        SELECT FROM poison_attempts WHERE stream_epoch = $1::bigint
        AND stream_seq = ANY ($2::bigint[]) ORDER BY stream_seq FOR UPDATE
        """

    /// Sequences with an outcome in two tables, of those given.
    private static let countTwice: Statement = """
        SELECT count(*) FROM unnest($2::bigint[]) AS s (stream_seq), LATERAL (SELECT
            EXISTS (SELECT FROM bets b
                WHERE b.stream_epoch = $1::bigint AND b.stream_seq = s.stream_seq)::int
            + EXISTS (SELECT FROM duplicate_bets d
                WHERE d.stream_epoch = $1::bigint AND d.stream_seq = s.stream_seq)::int
            + EXISTS (SELECT FROM rejected_bets r
                WHERE r.stream_epoch = $1::bigint AND r.stream_seq = s.stream_seq)::int AS outcomes
            ) counted WHERE outcomes > 1
        """

    /// Looks for what the tables' unique keys do not see: a message that others have rejected,
    /// because it seemed to end processes, while this one stood still in its transaction, begun
    /// before anybody suspected the message. See docs/adr/0010-poison.md.
    ///
    /// - Throws: kind `retry` when there is one; written again, the batch takes over what is there.
    func expectOneOutcome(
        _ work: BatchWork,
        on connection: PostgresConnection
    ) throws(PostgresError) {
        let batch = work.batch
        let decided = (batch.bets.map(\.sequence) + batch.rejected.map(\.sequence))
            .filter { work.known[$0] == nil }
        let parameters: [PostgresValue] = [.int64(batch.epoch), .int64Array(decided)]
        // Who parks one of them at this moment ends first.
        _ = try connection.query(Self.lockAttempts, parameters)
        let count = try connection.query(Self.countTwice, parameters).int64(0, 0)
        guard count == 0 else {
            throw .tryAgain("others have decided about messages of the batch meanwhile")
        }
    }

    /// Adds to the totals and commits, in one round trip.
    func commit(
        _ work: inout BatchWork,
        on connection: PostgresConnection
    ) throws(PostgresError) {
        var totals = TotalsScript(boot: boot, epoch: work.batch.epoch)
        totals.endAttempt(of: work.batch)
        totals.addGameTotals(work)
        totals.addRejections(work.newlyRejected)
        totals.addOutcomeBlocks(work.newOutcomes)
        totals.addBootTotals(work)
        totals.commit()
        FaultPoint.commitPrepared.reach()
        let results = try connection.run(totals.script)
        FaultPoint.commitAnswered.reach()
        work.result.totals = try totals.read(results)
    }
}

extension RawMessage {
    /// `[[name, value], …]` as JSON. NUL, which jsonb cannot hold, becomes U+FFFD.
    package var headersJSON: String {
        var json = JSONWriter()
        json.beginArray()
        for (name, value) in headers {
            json.beginArray()
            json.element(name.replacingNUL)
            json.element(value.replacingNUL)
            json.endArray()
        }
        json.endArray()
        return json.text
    }

    /// Stands in for a message that can no longer be had: the bet's fields as JSON.
    init(rebuiltFrom bet: Bet, publishedAt: Timestamp) {
        var json = JSONWriter()
        json.beginObject()
        json.field("id", bet.id.description)
        json.field("game_id", bet.gameID.description)
        json.field("bet_type", bet.betType.name)
        json.field("selection", bet.selection.description)
        json.field("amount", rawNumber: bet.amount.description)
        if let userID = bet.userID { json.field("user_id", userID) }
        json.field("timestamp", bet.placedAt.description)
        json.endObject()
        self.init(
            subject: "bets",
            headers: [("Betting-Rebuilt", "from the decoded bet")],
            body: Array(json.text.utf8),
            publishedAt: publishedAt
        )
    }
}

extension String {
    fileprivate var replacingNUL: String {
        guard utf8.contains(0) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map { $0 == "\0" ? "\u{fffd}" : $0 }))
    }
}

extension RejectedMessage {
    /// The same without headers, for a message whose headers Postgres refuses.
    func withoutHeaders(detail: String) -> RejectedMessage {
        RejectedMessage(
            sequence: sequence,
            reason: reason,
            detail: detail,
            betID: betID,
            message: RawMessage(
                subject: message.subject,
                headers: [],
                body: message.body,
                publishedAt: message.publishedAt
            )
        )
    }
}
