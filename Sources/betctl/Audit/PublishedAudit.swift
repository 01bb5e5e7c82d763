import BetCodec
import Betting
import JetStream
import PostgresClient
import Topology

/// I2: rows of `bets` beside the messages they came from.
///
/// A sample spread over the stream, and the rows in the journal's range that the journal does not
/// know: another publisher's, or nobody's.
struct PublishedAudit {
    private static let samplesMax: Int64 = 200
    private static let strangersMax: Int64 = 200

    let postgres: PostgresConnection
    let manager: JetStreamManager
    let cut: AuditCut

    func check(hasJournal: Bool) throws -> AuditCheck {
        var rows = try read(Self.samples, [.int64(cut.first), .int64(Self.samplesMax)])
        var notes: [String] = []
        if hasJournal {
            let strangers = try read(Self.strangers, [.int64(Self.strangersMax)])
            if !strangers.isEmpty {
                notes.append("\(strangers.count) not in the journal looked up")
            }
            rows += strangers
        }
        var problems: [String] = []
        var compared = 0
        for row in rows {
            switch try published(row.sequence) {
            case nil: continue
            case row.bet?: compared += 1
            case _?:
                compared += 1
                problems.append("sequence \(row.sequence) is stored as another bet")
            }
        }
        let gone = rows.count - compared
        if gone > 0 { notes.append("\(gone) no longer in the stream") }
        let summary = (["\(compared) compared with the stream"] + notes).joined(separator: ", ")
        return Invariant.published.check(problems: Array(problems.prefix(3)), else: summary)
    }

    private enum Message: Equatable {
        case bet(Bet)
        case noBet
    }

    private struct Row {
        let sequence: Int64
        /// Nil when the row holds what no bet can.
        let bet: Message?
    }

    /// What the stream holds at a sequence; nil when it has expired.
    private func published(_ sequence: Int64) throws -> Message? {
        guard
            let message = try manager.message(
                stream: Topology.betsStream,
                sequence: UInt64(sequence)
            )
        else { return nil }
        let header = message.headers.first {
            $0.name.lowercased() == ContentType.headerName.lowercased()
        }
        guard let type = ContentType(headerValue: header?.value) else { return .noBet }
        // Whatever limit the backends were given, the row was within it.
        let decoder = BetDecoder(limits: BetLimits(maxAmount: Money(units: .max)))
        do throws(BetRejection) {
            return .bet(try unsafe decoder.decode(message.body.span.bytes, as: type))
        } catch {
            return .noBet
        }
    }

    private func read(_ statement: Statement, _ parameters: [PostgresValue]) throws -> [Row] {
        let rows = try postgres.query(
            statement,
            [.int64(cut.epoch), .int64(cut.last)] + parameters
        )
        return try (0..<rows.rowCount).map { row in
            Row(sequence: try rows.int64(row, 0), bet: try bet(rows, row).map { .bet($0) })
        }
    }

    private func bet(_ rows: ResultSet, _ row: Int) throws -> Bet? {
        let bits = try rows.uuid(row, 1)
        guard let id = BetID(high: bits.high, low: bits.low),
            let game = Identifier(try rows.string(row, 2)),
            let type = BetType(name: try rows.string(row, 3)),
            let selection = Identifier(try rows.string(row, 4)),
            let units = Int64(exactly: try rows.numeric(row, 5))
        else { return nil }
        return Bet(
            id: id,
            gameID: game,
            betType: type,
            selection: selection,
            amount: Money(units: units),
            userID: try rows.optionalInt64(row, 6),
            placedAt: Timestamp(microseconds: try rows.timestamp(row, 7))
        )
    }

    private static let samples: Statement = """
        SELECT stream_seq, id, game_id, bet_type, selection, amount, user_id, placed_at
        FROM bets
        WHERE stream_epoch = $1::bigint AND stream_seq IN (
            SELECT $3::bigint + ($2::bigint - $3::bigint) * n / greatest($4::bigint - 1, 1)
            FROM generate_series(0, $4::bigint - 1) AS n)
        """

    private static let strangers: Statement = """
        SELECT stream_seq, id, game_id, bet_type, selection, amount, user_id, placed_at
        FROM bets b
        WHERE stream_epoch = $1::bigint AND stream_seq <= $2::bigint
            AND stream_seq BETWEEN (SELECT min(seq) FROM journal_acks WHERE epoch = $1::bigint)
                AND (SELECT max(seq) FROM journal_acks WHERE epoch = $1::bigint)
            AND NOT EXISTS (SELECT FROM journal_tries t WHERE t.id = b.id)
        LIMIT $3::bigint
        """
}
