package import PostgresClient

/// Whether a stream has all the messages it ever had, as far as Postgres can tell.
///
/// A server that comes back without its newest messages, or with its files put back from a copy,
/// keeps the stream's epoch and gives the lost sequences to other messages. Read the state from
/// Postgres first and ask for the stream's last sequence afterwards: an outcome is older than its
/// row, so that a stream that has all its messages never ends before it.
package struct StreamEnd: Sendable, Equatable {
    /// The epoch's highest sequence with an outcome, 0 if there is none.
    package let horizon: Int64
    /// What somebody noticed before, as a sentence; nil for a stream that is whole.
    package let noticed: String?

    private static let query = Statement(
        """
        SELECT \(HighestSequence.expression()),
            (SELECT lost_end FROM stream_epochs WHERE epoch = $1::bigint)
        """
    )

    /// Reads the state of the epoch: a look at the end of each index.
    package init(epoch: Int64, on connection: PostgresConnection) throws(PostgresError) {
        let rows = try connection.query(Self.query, [.int64(epoch)])
        horizon = try rows.optionalInt64(0, 0) ?? 0
        noticed = try rows.optionalString(0, 1)
    }

    /// What is wrong with a stream that ends at `last`, as a sentence; nil if nothing is.
    ///
    /// - Parameter last: asked for after the state was read.
    package func loss(last: UInt64) -> String? {
        if let noticed { return noticed }
        guard last < UInt64(clamping: horizon) else { return nil }
        return "the stream ends at sequence \(last), and Postgres has the outcome of \(horizon)"
    }

    /// What shows that a sequence was given away twice.
    package static func foreign(_ sequence: Int64) -> String {
        "sequence \(sequence) is another message than the one that has its outcome"
    }

    private static let recordStatement: Statement = """
        UPDATE stream_epochs SET lost_end = $2::text WHERE epoch = $1::bigint AND lost_end IS NULL
        """

    /// Writes down that the stream lost its end, so that no backend takes its bets any more, also
    /// once it has grown beyond what it had. The first reason stays.
    package static func record(
        _ loss: String,
        epoch: Int64,
        on connection: PostgresConnection
    ) throws(PostgresError) {
        _ = try connection.query(recordStatement, [.int64(epoch), .text(loss)])
    }
}
