package import Betting
package import Ledger
import PostgresClient

/// A placed bet as the table has it.
package struct PlacedBet: Hashable, Sendable {
    package let id: BetID
    package let user: UserID
    package let round: Identifier
    package let side: Side
    package let parts: StakeParts
    /// Rises in the order of placement; the cursor of lists.
    package let number: Int64
    package let createdAt: Timestamp

    package var state: BetState { parts.state }

    static let columns =
        "id, user_id, round_id, side, stake, remaining, matched, refunded, settled, number, "
        + "created_at"

    /// Reads a row of `columns`.
    init(_ rows: ResultSet, _ row: Int) throws(PostgresError) {
        let bits = try rows.uuid(row, 0)
        guard let id = BetID(high: bits.high, low: bits.low),
            let user = UserID(try rows.int64(row, 1)),
            let round = Identifier(try rows.string(row, 2)),
            let side = Side(rawValue: try rows.string(row, 3)),
            let parts = StakeParts(
                stake: try rows.money(row, 4),
                remaining: try rows.money(row, 5),
                matched: try rows.money(row, 6),
                refunded: try rows.money(row, 7),
                settled: try rows.money(row, 8)
            )
        else { throw .stop("a placed bet that this version does not know") }
        self.id = id
        self.user = user
        self.round = round
        self.side = side
        self.parts = parts
        number = try rows.int64(row, 9)
        createdAt = Timestamp(microseconds: try rows.timestamp(row, 10))
    }
}

extension ResultSet {
    /// A `numeric` that is an amount of one bet.
    func money(_ row: Int, _ column: Int) throws(PostgresError) -> Money {
        guard let units = Int64(exactly: try numeric(row, column)) else {
            throw .stop("an amount beyond what a bet may have")
        }
        return Money(units: units)
    }

    /// A `numeric` that is a total.
    func sum(_ row: Int, _ column: Int) throws(PostgresError) -> MoneySum {
        MoneySum(units: try numeric(row, column))
    }

    /// A `uuid` that is not nil.
    func betID(_ row: Int, _ column: Int) throws(PostgresError) -> BetID {
        let bits = try uuid(row, column)
        guard let id = BetID(high: bits.high, low: bits.low) else { throw .stop("the nil UUID") }
        return id
    }

    func user(_ row: Int, _ column: Int) throws(PostgresError) -> UserID {
        guard let user = UserID(try int64(row, column)) else { throw .stop("not a user's number") }
        return user
    }
}
