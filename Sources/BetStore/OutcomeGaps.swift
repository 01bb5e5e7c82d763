package import PostgresClient

/// Which sequences of an epoch have no outcome. Wraps a connection for the length of a round.
package struct OutcomeGaps {
    /// Sequences by which `outcomes_through` moves on in one call at most.
    private static let advanceMax: Int64 = 1 << 18
    /// Sequences that are counted by one statement.
    private static let chunkSize: Int64 = 1 << 16

    private let outcomes: OddsOutcomes
    private let epoch: Int64

    /// - Parameter epoch: when the stream was created, nanoseconds since 1970.
    package init(epoch: Int64, _ connection: PostgresConnection) {
        outcomes = OddsOutcomes(connection: connection)
        self.epoch = epoch
    }

    private static let throughQuery: Statement = """
        SELECT coalesce(max(outcomes_through), 0) FROM stream_epochs WHERE epoch = $1
        """

    /// Moves `outcomes_through` on over the sequences that follow it without a gap.
    ///
    /// - Returns: the highest sequence up to which all have an outcome, or are lost for good.
    package func advance() throws(PostgresError) -> Int64 {
        let through = try outcomes.connection.query(Self.throughQuery, [.int64(epoch)]).int64(0, 0)
        return try Self.unwrapped { () throws(OddsError) in
            try outcomes.advance(
                OddsOutcomes.Epoch(epoch: epoch, through: through),
                limit: Self.advanceMax
            )
        }
    }

    private static let forgetPassedStatement: Statement = """
        DELETE FROM outcome_blocks b USING stream_epochs e
        WHERE e.epoch = b.stream_epoch AND (b.block + 1) * 4096 <= e.outcomes_through + 1
        """

    /// Deletes what is written down about blocks that are passed, in every epoch.
    package func forgetPassedBlocks() throws(PostgresError) {
        _ = try outcomes.connection.query(Self.forgetPassedStatement)
    }

    private static let forgetStretchStatement: Statement = """
        DELETE FROM outcome_blocks
        WHERE stream_epoch = $1 AND block BETWEEN $2 / 4096 AND $3 / 4096
        """

    /// Deletes what is written down about these sequences, before outcomes are filled in that may
    /// have been counted when they were given first. Their rows are counted instead.
    package func forgetBlocks(of range: ClosedRange<Int64>) throws(PostgresError) {
        _ = try outcomes.connection.query(
            Self.forgetStretchStatement,
            [.int64(epoch), .int64(range.lowerBound), .int64(range.upperBound)]
        )
    }

    /// The sequences of `range` that have no outcome and are not known as lost, as ranges in
    /// ascending order. Stops when it has found `rangesMax` of them.
    package func missing(
        in range: ClosedRange<Int64>,
        rangesMax: Int
    ) throws(PostgresError) -> [ClosedRange<Int64>] {
        try Self.unwrapped { () throws(OddsError) in
            var found = RangeList()
            var first = range.lowerBound
            while first <= range.upperBound, found.ranges.count <= rangesMax {
                let last = min(range.upperBound, first + Self.chunkSize - 1)
                try look(first...last, &found)
                first = last + 1
            }
            return Array(found.ranges.prefix(rangesMax))
        }
    }

    private func look(_ range: ClosedRange<Int64>, _ found: inout RangeList) throws(OddsError) {
        let counts = try outcomes.counts(
            epoch: epoch,
            after: range.lowerBound - 1,
            through: range.upperBound
        )
        let size = OddsOutcomes.blockSize
        var first = range.lowerBound
        while first <= range.upperBound {
            let block = first / size
            let last = min(range.upperBound, (block + 1) * size - 1)
            let count = counts[block] ?? 0
            if count == 0 {
                found.append(first...last)
            } else if count != last - first + 1 {
                try lookClosely(first...last, &found)
            }
            first = last + 1
        }
    }

    private func lookClosely(
        _ block: ClosedRange<Int64>,
        _ found: inout RangeList
    ) throws(OddsError) {
        var next = block.lowerBound
        let known = try outcomes.sequences(
            epoch: epoch,
            after: block.lowerBound - 1,
            through: block.upperBound
        )
        for sequence in known {
            if sequence > next { found.append(next...(sequence - 1)) }
            next = sequence + 1
        }
        if next <= block.upperBound { found.append(next...block.upperBound) }
    }

    private static let recordStatement: Statement = """
        INSERT INTO lost_sequences (stream_epoch, stream_seq)
        SELECT $1::bigint, s FROM generate_series($2::bigint, $3::bigint) AS s
        ON CONFLICT DO NOTHING
        """

    /// Writes down that nobody can bring these any more.
    ///
    /// - Returns: how many of them were not known to be lost.
    @discardableResult
    package func recordLost(_ range: ClosedRange<Int64>) throws(PostgresError) -> Int {
        var recorded = 0
        var first = range.lowerBound
        while first <= range.upperBound {
            let last = min(range.upperBound, first + Self.chunkSize - 1)
            recorded += try outcomes.connection.query(
                Self.recordStatement,
                [.int64(epoch), .int64(first), .int64(last)]
            ).affectedRows
            first = last + 1
        }
        return recorded
    }

    private static let forgetStatement: Statement = """
        DELETE FROM lost_sequences l
        WHERE EXISTS (SELECT FROM bets t
                WHERE (t.stream_epoch, t.stream_seq) = (l.stream_epoch, l.stream_seq))
            OR EXISTS (SELECT FROM duplicate_bets t
                WHERE (t.stream_epoch, t.stream_seq) = (l.stream_epoch, l.stream_seq))
            OR EXISTS (SELECT FROM rejected_bets t
                WHERE (t.stream_epoch, t.stream_seq) = (l.stream_epoch, l.stream_seq))
        """

    /// Forgets that sequences were lost which got their outcome after all, from a process that was
    /// frozen while it held them.
    package func forgetFound() throws(PostgresError) {
        _ = try outcomes.connection.query(Self.forgetStatement)
    }

    private static let lostQuery: Statement = """
        SELECT count(*) FROM lost_sequences WHERE NOT EXISTS (
            SELECT FROM stream_epochs WHERE epoch = stream_epoch AND lost_end IS NOT NULL)
        """

    /// Sequences that are lost for good, over all epochs but those of streams that lost their end:
    /// what they still held was carried over.
    package func lostCount() throws(PostgresError) -> Int64 {
        try outcomes.connection.query(Self.lostQuery).int64(0, 0)
    }

    private static let earlierQuery: Statement = """
        SELECT epoch FROM stream_epochs WHERE epoch <> $1 ORDER BY epoch
        """

    /// The other epochs of the database, with the gaps below the highest outcome of each: their
    /// streams are gone, and nothing can fill them.
    package func gapsOfOtherEpochs(
        rangesMax: Int
    ) throws(PostgresError) -> [(epoch: Int64, ranges: [ClosedRange<Int64>])] {
        let rows = try outcomes.connection.query(Self.earlierQuery, [.int64(epoch)])
        var found: [(epoch: Int64, ranges: [ClosedRange<Int64>])] = []
        for row in 0..<rows.rowCount {
            let other = try rows.int64(row, 0)
            let gaps = OutcomeGaps(epoch: other, outcomes.connection)
            let through = try gaps.advance()
            let last = try Self.unwrapped { () throws(OddsError) in
                try outcomes.horizon(epoch: other)
            }
            guard last > through else { continue }
            let ranges = try gaps.missing(in: (through + 1)...last, rangesMax: rangesMax)
            if !ranges.isEmpty { found.append((other, ranges)) }
        }
        return found
    }

    /// What is asked here can only fail with an error of Postgres.
    private static func unwrapped<Result>(
        _ body: () throws(OddsError) -> Result
    ) throws(PostgresError) -> Result {
        do {
            return try body()
        } catch {
            if case .postgres(let error) = error { throw error }
            throw .stop(error.description)
        }
    }
}

/// Ranges in ascending order, those that touch made one.
private struct RangeList {
    private(set) var ranges: [ClosedRange<Int64>] = []

    mutating func append(_ range: ClosedRange<Int64>) {
        if let last = ranges.last, last.upperBound + 1 == range.lowerBound {
            ranges[ranges.count - 1] = last.lowerBound...range.upperBound
        } else {
            ranges.append(range)
        }
    }
}
