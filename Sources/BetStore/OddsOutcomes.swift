import PostgresClient

/// What Postgres says about outcomes: which sequences of an epoch have one, and what it adds to the
/// odds. A sequence that is lost for good counts as one with an outcome that adds nothing, or all
/// that goes on in order would wait for it. Wraps a connection for the length of a round.
struct OddsOutcomes {
    /// An epoch and the sequence up to which outcomes are known to be complete.
    struct Epoch: Equatable {
        let epoch: Int64
        var through: Int64
    }

    let connection: PostgresConnection

    /// Sequences that are counted together.
    static let blockSize = OutcomeBlocks.size

    /// Every epoch that has an outcome, whether or not it has a row in `stream_epochs`. Steps from
    /// epoch to epoch in the indexes; `min` would read all of one that the statistics do not know.
    private static let epochsQuery: Statement = """
        WITH RECURSIVE seen(epoch) AS (
            SELECT least(
                (SELECT stream_epoch FROM bets ORDER BY stream_epoch LIMIT 1),
                (SELECT stream_epoch FROM duplicate_bets ORDER BY stream_epoch LIMIT 1),
                (SELECT stream_epoch FROM rejected_bets ORDER BY stream_epoch LIMIT 1))
            UNION ALL
            SELECT least(
                (SELECT stream_epoch FROM bets WHERE stream_epoch > seen.epoch
                    ORDER BY stream_epoch LIMIT 1),
                (SELECT stream_epoch FROM duplicate_bets WHERE stream_epoch > seen.epoch
                    ORDER BY stream_epoch LIMIT 1),
                (SELECT stream_epoch FROM rejected_bets WHERE stream_epoch > seen.epoch
                    ORDER BY stream_epoch LIMIT 1))
            FROM seen WHERE seen.epoch IS NOT NULL)
        SELECT s.epoch, coalesce(e.outcomes_through, 0)
        FROM seen s LEFT JOIN stream_epochs e ON e.epoch = s.epoch
        WHERE s.epoch IS NOT NULL ORDER BY 1
        """

    func epochs() throws(OddsError) -> [Epoch] {
        try rows(Self.epochsQuery, []) { (result, row) throws(PostgresError) in
            Epoch(epoch: try result.int64(row, 0), through: try result.int64(row, 1))
        }
    }

    private static let horizonQuery = Statement(
        "SELECT "
            + HighestSequence.expression(in: HighestSequence.outcomeTables + ["lost_sequences"])
    )

    /// The epoch's highest sequence with an outcome, 0 if there is none.
    func horizon(epoch: Int64) throws(OddsError) -> Int64 {
        try rows(Self.horizonQuery, [.int64(epoch)]) { (result, row) throws(PostgresError) in
            try result.optionalInt64(row, 0) ?? 0
        }.first ?? 0
    }

    private static let countsQuery: Statement = """
        SELECT block, sum(outcomes)::bigint FROM (
            SELECT stream_seq / 4096 AS block, count(*) AS outcomes FROM bets
            WHERE stream_epoch = $1 AND stream_seq > $2 AND stream_seq <= $3 GROUP BY 1
            UNION ALL
            SELECT stream_seq / 4096, count(*) FROM duplicate_bets
            WHERE stream_epoch = $1 AND stream_seq > $2 AND stream_seq <= $3 GROUP BY 1
            UNION ALL
            SELECT stream_seq / 4096, count(*) FROM rejected_bets
            WHERE stream_epoch = $1 AND stream_seq > $2 AND stream_seq <= $3 GROUP BY 1
            UNION ALL
            SELECT stream_seq / 4096, count(*) FROM lost_sequences
            WHERE stream_epoch = $1 AND stream_seq > $2 AND stream_seq <= $3 GROUP BY 1
        ) counted GROUP BY block
        """

    /// Outcomes with `after` < sequence <= `through`, by block (sequence / `blockSize`).
    func counts(
        epoch: Int64,
        after: Int64,
        through: Int64
    ) throws(OddsError) -> [Int64: Int64] {
        guard after < through else { return [:] }
        return try numbers(Self.countsQuery, [.int64(epoch), .int64(after), .int64(through)])
    }

    private static let sequencesQuery: Statement = """
        SELECT stream_seq FROM bets
        WHERE stream_epoch = $1 AND stream_seq > $2 AND stream_seq <= $3
        UNION SELECT stream_seq FROM duplicate_bets
        WHERE stream_epoch = $1 AND stream_seq > $2 AND stream_seq <= $3
        UNION SELECT stream_seq FROM rejected_bets
        WHERE stream_epoch = $1 AND stream_seq > $2 AND stream_seq <= $3
        UNION SELECT stream_seq FROM lost_sequences
        WHERE stream_epoch = $1 AND stream_seq > $2 AND stream_seq <= $3
        ORDER BY 1
        """

    /// The sequences with an outcome in a range that the caller keeps small, ascending.
    func sequences(
        epoch: Int64,
        after: Int64,
        through: Int64
    ) throws(OddsError) -> [Int64] {
        try rows(
            Self.sequencesQuery,
            [.int64(epoch), .int64(after), .int64(through)]
        ) { (result, row) throws(PostgresError) in try result.int64(row, 0) }
    }

    /// LATERAL with OFFSET 0 makes it a look-up for each sequence whatever the statistics say.
    private static let effectsQuery: Statement = """
        WITH wanted AS MATERIALIZED (SELECT unnest($2::bigint[]) AS seq)
        SELECT seq, game_id, selection, amount FROM wanted, LATERAL (
            SELECT game_id, selection, amount FROM bets
            WHERE stream_epoch = $1 AND stream_seq = seq OFFSET 0) bet
        UNION ALL SELECT seq, NULL, NULL, NULL FROM wanted, LATERAL (
            SELECT FROM duplicate_bets
            WHERE stream_epoch = $1 AND stream_seq = seq OFFSET 0) duplicate
        UNION ALL SELECT seq, NULL, NULL, NULL FROM wanted, LATERAL (
            SELECT FROM rejected_bets
            WHERE stream_epoch = $1 AND stream_seq = seq OFFSET 0) reject
        UNION ALL SELECT seq, NULL, NULL, NULL FROM wanted, LATERAL (
            SELECT FROM lost_sequences
            WHERE stream_epoch = $1 AND stream_seq = seq OFFSET 0) lost
        """

    /// What those of the sequences that have an outcome add to the odds.
    func delta(epoch: Int64, sequences: [Int64]) throws(OddsError) -> OddsDelta {
        var delta = OddsDelta(epoch: epoch)
        let result = try query(Self.effectsQuery, [.int64(epoch), .int64Array(sequences)])
        do {
            for row in 0..<result.rowCount {
                let sequence = try result.int64(row, 0)
                if let game = try result.optionalString(row, 1) {
                    let units = try result.numeric(row, 3, scale: 8)
                    try delta.add(
                        sequence: sequence,
                        game: game,
                        selection: result.string(row, 2),
                        units: Int64(clamping: units)
                    )
                } else {
                    try delta.add(sequenceWithoutBet: sequence)
                }
            }
        } catch let error as OddsError {
            throw error
        } catch let error as PostgresError {
            throw .postgres(error)
        } catch {
            throw .outOfRange
        }
        return delta
    }
}

/// Calls with the error type of the projection.
extension OddsOutcomes {
    func query(
        _ statement: Statement,
        _ parameters: [PostgresValue]
    ) throws(OddsError) -> ResultSet {
        do {
            return try connection.query(statement, parameters)
        } catch {
            throw .postgres(error)
        }
    }

    /// Runs a script and returns the result of its last statement.
    func run(_ script: String) throws(OddsError) -> ResultSet? {
        do {
            return try connection.run(script).last
        } catch {
            throw .postgres(error)
        }
    }

    func rows<R>(
        _ statement: Statement,
        _ parameters: [PostgresValue],
        _ read: (ResultSet, Int) throws(PostgresError) -> R
    ) throws(OddsError) -> [R] {
        try Self.rows(query(statement, parameters), read)
    }

    /// The second column by the first, which names each row once.
    func numbers(
        _ statement: Statement,
        _ parameters: [PostgresValue]
    ) throws(OddsError) -> [Int64: Int64] {
        let pairs = try rows(statement, parameters) { (result, row) throws(PostgresError) in
            (try result.int64(row, 0), try result.int64(row, 1))
        }
        return Dictionary(pairs) { first, _ in first }
    }

    static func rows<R>(
        _ result: ResultSet,
        _ read: (ResultSet, Int) throws(PostgresError) -> R
    ) throws(OddsError) -> [R] {
        var values: [R] = []
        values.reserveCapacity(result.rowCount)
        do {
            for row in 0..<result.rowCount { values.append(try read(result, row)) }
        } catch {
            throw .postgres(error)
        }
        return values
    }
}
