import Betting
import PostgresClient

/// How a bet is written to the table `bets`, and read back.
enum BetRows {
    /// The columns in the order of every statement here.
    static let columns =
        "stream_epoch, stream_seq, placed_at, user_id, id, amount, game_id, bet_type, "
        + "selection, pod_id"

    private static let columnCount = 10

    /// What brings so many rows.
    ///
    /// Postgres holds up to 1,000 rows of a COPY in slots and inserts them page by page. Each slot
    /// registers the table's descriptor once more, and equal registrations collide in their hash
    /// table: 0.7 ms a COPY of 1,000 rows or more. A condition that it takes for volatile makes it
    /// insert row by row. That is cheaper between these sizes, although it writes 18 % more log
    /// (docs/PERFORMANCE.md). This one is true of every row by its first half.
    static func copy(rowCount: Int) -> String {
        rowByRow.contains(rowCount) ? copy + " WHERE stream_seq > 0 OR random() >= 0" : copy
    }

    private static let rowByRow = 400...2_700

    private static let copy = "COPY bets (\(columns)) FROM STDIN (FORMAT binary)"

    /// Appends one row in COPY's binary form.
    static func append(
        _ bet: ReceivedBet,
        of batch: borrowing BetBatch,
        podID: [UInt8],
        to buffer: inout CopyBuffer
    ) {
        let market = batch.markets[bet.market]
        buffer.beginRow(fieldCount: columnCount)
        buffer.int64(batch.epoch)
        buffer.int64(bet.sequence)
        buffer.timestamp(microsecondsSince1970: bet.placedAt.microseconds)
        if let userID = bet.userID { buffer.int64(userID) } else { buffer.null() }
        buffer.uuid(high: bet.id.high, low: bet.id.low)
        buffer.numeric(units: bet.amount.units, scale: Money.scale)
        market.gameID.withUTF8 { buffer.text($0) }
        buffer.text(bet.betType.name)
        market.selection.withUTF8 { buffer.text($0) }
        buffer.text(podID.span)
    }

    /// Inserts what does not conflict with any row, in the order given, and returns the sequences
    /// it inserted. Waits for transactions that hold one of the ids.
    static let insert: Statement = """
        INSERT INTO bets (stream_epoch, stream_seq, placed_at, user_id, id, amount, game_id, \
        bet_type, selection, pod_id)
        SELECT $1::bigint, b.stream_seq, b.placed_at, b.user_id, b.id, b.amount, b.game_id, \
        b.bet_type, b.selection, $2::text
        FROM unnest($3::bigint[], $4::timestamptz[], $5::bigint[], $6::uuid[], $7::numeric[], \
        $8::text[], $9::text[], $10::text[])
        AS b (stream_seq, placed_at, user_id, id, amount, game_id, bet_type, selection)
        ON CONFLICT DO NOTHING
        RETURNING stream_seq
        """

    static func insertParameters(
        _ bets: [ReceivedBet],
        of batch: BetBatch,
        podID: String
    ) -> [PostgresValue] {
        let markets = bets.map { batch.markets[$0.market] }
        return [
            .int64(batch.epoch), .text(podID),
            .int64Array(bets.map(\.sequence)),
            .timestampArray(bets.map(\.placedAt.microseconds)),
            .optionalInt64Array(bets.map(\.userID)),
            .uuidArray(bets.map { ($0.id.high, $0.id.low) }),
            .numericArray(bets.map { Int128($0.amount.units) }, scale: Money.scale),
            .textArray(markets.map(\.gameID.description)),
            .textArray(bets.map(\.betType.name)),
            .textArray(markets.map(\.selection.description)),
        ]
    }

    /// The stored bets of some ids.
    static let selectByID: Statement = """
        SELECT stream_epoch, stream_seq, placed_at, user_id, id, amount, game_id, bet_type, selection
        FROM bets WHERE id = ANY ($1::uuid[])
        """

    /// Reads one row of `selectByID`; nil for an id no message can have.
    static func stored(_ rows: ResultSet, _ row: Int) throws(PostgresError) -> StoredBet? {
        let id = try rows.uuid(row, 4)
        guard let betID = BetID(high: id.high, low: id.low) else { return nil }
        return StoredBet(
            id: betID,
            epoch: try rows.int64(row, 0),
            sequence: try rows.int64(row, 1),
            bet: try bet(betID, rows, row)
        )
    }

    private static func bet(
        _ id: BetID,
        _ rows: ResultSet,
        _ row: Int
    ) throws(PostgresError) -> Bet? {
        guard let units = Int64(exactly: try rows.numeric(row, 5, scale: Money.scale)),
            let gameID = Identifier(try rows.string(row, 6)),
            let betType = BetType(name: try rows.string(row, 7)),
            let selection = Identifier(try rows.string(row, 8))
        else { return nil }
        return Bet(
            id: id,
            gameID: gameID,
            betType: betType,
            selection: selection,
            amount: Money(units: units),
            userID: try rows.optionalInt64(row, 3),
            placedAt: Timestamp(microseconds: try rows.timestamp(row, 2))
        )
    }
}

/// A row of `bets`.
struct StoredBet {
    let id: BetID
    let epoch: Int64
    let sequence: Int64
    /// Nil for content that this version does not write: no message of it says the same.
    let bet: Bet?
}
