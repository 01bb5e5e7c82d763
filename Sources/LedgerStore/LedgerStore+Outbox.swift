package import Betting
import FaultPoints
package import Ledger
package import PostgresClient

/// A placed bet whose message is not in `bets_stream` yet, as far as is known.
package struct OutboxBet: Hashable, Sendable {
    package let number: Int64
    package let id: BetID
    package let user: UserID
    package let round: Identifier
    package let side: Side
    package let stake: Money
    package let placedAt: Timestamp
}

extension LedgerStore {
    private static let outboxStatement: Statement = """
        WITH o AS MATERIALIZED (
            SELECT number, bet_id FROM bet_outbox ORDER BY number LIMIT $1 FOR UPDATE SKIP LOCKED)
        SELECT o.number, b.id, b.user_id, b.round_id, b.side, b.stake, b.created_at
        FROM o JOIN placed_bets b ON b.id = o.bet_id ORDER BY o.number
        """

    private static let sentStatement: Statement =
        "DELETE FROM bet_outbox WHERE number = ANY ($1::bigint[])"

    /// Hands the oldest bets of the outbox to `publish`, and takes those off it that the stream has.
    ///
    /// Others leave them alone meanwhile. When this process ends in between, somebody publishes them
    /// again: the message's id is the bet's.
    ///
    /// - Parameter publish: returns the numbers of those whose publish was acknowledged. It should
    ///   not take longer than some seconds: rows are locked meanwhile.
    /// - Returns: how many were there, and how many of them are off.
    package func relayOutbox(
        limit: Int,
        _ publish: ([OutboxBet]) -> [Int64]
    ) throws(PostgresError) -> (found: Int, sent: Int) {
        try transaction { () throws(PostgresError) in
            let rows = try connection.query(Self.outboxStatement, [.int64(Int64(limit))])
            var bets: [OutboxBet] = []
            bets.reserveCapacity(rows.rowCount)
            for row in 0..<rows.rowCount {
                guard let round = Identifier(try rows.string(row, 3)),
                    let side = Side(rawValue: try rows.string(row, 4))
                else { throw .stop("a placed bet that this version does not know") }
                bets.append(
                    OutboxBet(
                        number: try rows.int64(row, 0),
                        id: try rows.betID(row, 1),
                        user: try rows.user(row, 2),
                        round: round,
                        side: side,
                        stake: try rows.money(row, 5),
                        placedAt: Timestamp(microseconds: try rows.timestamp(row, 6))
                    )
                )
            }
            guard !bets.isEmpty else { return (0, 0) }
            let sent = publish(bets)
            FaultPoint.outboxPublished.reach()
            guard !sent.isEmpty else { return (bets.count, 0) }
            _ = try connection.query(Self.sentStatement, [.int64Array(sent)])
            return (bets.count, sent.count)
        }
    }

    private static let returnStatement: Statement = """
        INSERT INTO bet_outbox (number, bet_id)
        SELECT p.number, p.id FROM placed_bets p
        WHERE NOT EXISTS (SELECT FROM bets b WHERE b.id = p.id)
        ON CONFLICT DO NOTHING
        """

    /// Puts placed bets that are not stored back into the outbox: a stream may lose what it had
    /// acknowledged. One that is on its way meanwhile ends as a duplicate. Reads all placed bets.
    ///
    /// - Returns: how many were not in the outbox.
    package func returnUnstoredToOutbox() throws(PostgresError) -> Int {
        try connection.query(Self.returnStatement).affectedRows
    }
}
