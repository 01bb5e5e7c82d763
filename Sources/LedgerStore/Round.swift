package import Betting
package import Ledger
import PostgresClient

/// A round as the table has it.
package struct Round: Hashable, Sendable {
    package let id: Identifier
    package let state: RoundState
    /// Nil until the round is resolved.
    package let result: RoundResult?
    package let createdAt: Timestamp
    package let closedAt: Timestamp?
    package let resolvedAt: Timestamp?

    static let columns = "id, state, winner, created_at, closed_at, resolved_at"

    /// Reads a row of `columns`.
    init(_ rows: ResultSet, _ row: Int) throws(PostgresError) {
        let result = try rows.optionalString(row, 2)
        guard let id = Identifier(try rows.string(row, 0)),
            let state = RoundState(rawValue: try rows.string(row, 1)),
            result == nil || result.flatMap(RoundResult.init) != nil
        else { throw .stop("a round that this version does not know") }
        self.id = id
        self.state = state
        self.result = result.flatMap(RoundResult.init)
        createdAt = Timestamp(microseconds: try rows.timestamp(row, 3))
        closedAt = try rows.optionalTimestamp(row, 4).map(Timestamp.init(microseconds:))
        resolvedAt = try rows.optionalTimestamp(row, 5).map(Timestamp.init(microseconds:))
    }
}

/// What became of an operator's request about a round.
package enum RoundOutcome: Hashable, Sendable {
    /// It is so now, by this request.
    case changed(Round)
    /// It was so before.
    case unchanged(Round)
    /// The round is elsewhere already: resolved otherwise, say.
    case conflict(Round)
    case unknown
}
