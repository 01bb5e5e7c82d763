import PostgresClient

/// Progress.
extension OddsOutcomes {
    private static let advanceStatement: Statement = """
        INSERT INTO stream_epochs (epoch, outcomes_through) VALUES ($1, $2)
        ON CONFLICT (epoch) DO UPDATE
        SET outcomes_through = greatest(stream_epochs.outcomes_through, $2)
        """

    /// Moves `outcomes_through` on over the sequences that follow it without a gap, at most `limit`.
    /// Returns the new one.
    func advance(_ epoch: Epoch, limit: Int64) throws(OddsError) -> Int64 {
        let end = epoch.through + limit
        let counts = try counts(epoch: epoch.epoch, after: epoch.through, through: end)
        var through = epoch.through
        while through < end {
            let block = (through + 1) / Self.blockSize
            let blockEnd = min(end, (block + 1) * Self.blockSize - 1)
            guard counts[block] == blockEnd - through else { break }
            through = blockEnd
        }
        let block = (through + 1) / Self.blockSize
        if through < end, counts[block] != nil {
            let rest = try sequences(
                epoch: epoch.epoch,
                after: through,
                through: min(end, (block + 1) * Self.blockSize - 1)
            )
            for sequence in rest {
                guard sequence == through + 1 else { break }
                through = sequence
            }
        }
        if through > epoch.through {
            _ = try query(Self.advanceStatement, [.int64(epoch.epoch), .int64(through)])
        }
        return through
    }
}
