/// The SQL for the end of an epoch.
package enum HighestSequence {
    /// The tables whose rows are outcomes.
    package static let outcomeTables = ["bets", "duplicate_bets", "rejected_bets"]

    /// An expression: the highest `stream_seq` that the epoch has in any of the tables; NULL if it has
    /// none. A look at the end of each index. Not `max(stream_seq)`: with statistics from before the
    /// epoch, Postgres takes it for a single row, and reads all of it.
    ///
    /// - Parameter epoch: an expression.
    package static func expression(
        in tables: [String] = outcomeTables,
        epoch: String = "$1::bigint"
    ) -> String {
        let ends = tables.map { table in
            "(SELECT stream_seq FROM \(table) WHERE stream_epoch = \(epoch) "
                + "ORDER BY stream_seq DESC LIMIT 1)"
        }
        return "greatest(\(ends.joined(separator: ", ")))"
    }
}
