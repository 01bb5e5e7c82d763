import PostgresClient

/// Progress.
extension OddsOutcomes {
    private static let advanceStatement: Statement = """
        INSERT INTO stream_epochs (epoch, outcomes_through) VALUES ($1, $2)
        ON CONFLICT (epoch) DO UPDATE
        SET outcomes_through = greatest(stream_epochs.outcomes_through, $2)
        """

    private static let blocksQuery: Statement = """
        SELECT block, sum(outcomes)::bigint FROM outcome_blocks
        WHERE stream_epoch = $1 AND block BETWEEN $2 AND $3 GROUP BY block
        """

    /// Moves `outcomes_through` on over the sequences that follow it without a gap, at most `limit`.
    /// Returns the new one.
    ///
    /// Whole blocks by what the pods have written down about them, the rest by a look at its rows:
    /// reading all rows once more costs Postgres a tenth of what storing them did.
    func advance(_ epoch: Epoch, limit: Int64) throws(OddsError) -> Int64 {
        let end = epoch.through + limit
        let written = try blocks(
            epoch.epoch,
            (epoch.through + 1) / Self.blockSize,
            end / Self.blockSize
        )
        var through = Self.passed(from: epoch.through, to: end) { block, _ in
            written[block] == OutcomeBlocks.capacity(of: block)
        }
        if try lookClosely(epoch.epoch, &through, to: end), through < end {
            // A block that was not written down whole, and is whole: an older program stored it, or
            // there was a gap. What follows may be like it.
            let counts = try counts(epoch: epoch.epoch, after: through, through: end)
            through = Self.passed(from: through, to: end) { block, count in
                counts[block] == count
            }
            if counts[(through + 1) / Self.blockSize] != nil {
                _ = try lookClosely(epoch.epoch, &through, to: end)
            }
        }
        if through > epoch.through {
            _ = try query(Self.advanceStatement, [.int64(epoch.epoch), .int64(through)])
        }
        return through
    }

    private func blocks(
        _ epoch: Int64,
        _ first: Int64,
        _ last: Int64
    ) throws(OddsError) -> [Int64: Int64] {
        try numbers(Self.blocksQuery, [.int64(epoch), .int64(first), .int64(last)])
    }

    /// The end of the blocks after `through` of which each is complete.
    ///
    /// - Parameter isComplete: of a block, with the sequences of it that follow.
    private static func passed(
        from through: Int64,
        to end: Int64,
        _ isComplete: (_ block: Int64, _ count: Int64) -> Bool
    ) -> Int64 {
        var through = through
        while through < end {
            let block = (through + 1) / blockSize
            let blockEnd = min(end, (block + 1) * blockSize - 1)
            guard isComplete(block, blockEnd - through) else { break }
            through = blockEnd
        }
        return through
    }

    /// Moves `through` on within its block, by rows. Returns whether that came to the block's end.
    private func lookClosely(
        _ epoch: Int64,
        _ through: inout Int64,
        to end: Int64
    ) throws(OddsError) -> Bool {
        guard through < end else { return true }
        let block = (through + 1) / Self.blockSize
        let blockEnd = min(end, (block + 1) * Self.blockSize - 1)
        for sequence in try sequences(epoch: epoch, after: through, through: blockEnd) {
            guard sequence == through + 1 else { return false }
            through = sequence
        }
        return through == blockEnd
    }
}
