import Betting
import PostgresClient

/// What becomes of a batch of which Postgres refuses a part.
extension BatchWriter {
    /// Rows that one constraint may refuse, one after the other, before it is the constraint that
    /// is wrong: no message that passed validation breaks one of this program's own.
    static let refusedRowsMax = 16

    /// Postgres refused something of the batch: halves it until the message is alone, and rejects
    /// that one, so that it never costs its neighbours.
    func writeAround(
        _ batch: BetBatch,
        _ error: PostgresError,
        on connection: PostgresConnection
    ) throws(PostgresError) -> BatchResult {
        let halves = batch.halves
        if let (first, second) = halves {
            var result = try writeParts(first, on: connection)
            result.merge(try writeParts(second, on: connection))
            return result
        }
        try count(error)
        let detail = "Postgres refuses the row: SQLSTATE \(error.sqlState ?? "unknown")"
        var alone = BetBatch(epoch: batch.epoch)
        alone.endsAttempt = batch.endsAttempt
        if let received = batch.bets.first {
            alone.rejected = [
                rejection(
                    of: received,
                    in: batch,
                    reason: .malformed,
                    detail: detail
                )
            ]
        } else if let message = batch.rejected.first, !message.message.headers.isEmpty {
            alone.rejected = [message.withoutHeaders(detail: message.detail + "; " + detail)]
        } else {
            throw error
        }
        // One that is refused again is tried without its headers, then there is no more to drop.
        return try writeParts(alone, on: connection)
    }

    /// Counts a row that is refused; beyond the limit the constraint is an operator's mistake.
    private func count(_ error: PostgresError) throws(PostgresError) {
        guard let constraint = error.constraint else { return }
        guard refusedRows[constraint, default: 0] < Self.refusedRowsMax else {
            throw .stop(
                "the constraint \(constraint) of table \(error.table ?? "?") refuses row after row, "
                    + "which no bet deserves: drop it; what it refused is in rejected_bets"
            )
        }
        refusedRows[constraint, default: 0] += 1
    }
}

extension PostgresError {
    /// The table wants a column this program does not write (23502): no row is at fault, and a
    /// batch that waits for the right program is not lost.
    var isSchemaMismatch: Bool { sqlState == "23502" }
}
