import PostgresClient

/// What the audit asks the tables.
extension TableAudit {
    static let outcomes: Statement = """
        SELECT (SELECT count(*) FROM bets
                WHERE stream_epoch = $1::bigint AND stream_seq <= $2::bigint),
            (SELECT count(*) FROM duplicate_bets
                WHERE stream_epoch = $1::bigint AND stream_seq <= $2::bigint),
            (SELECT count(*) FROM rejected_bets
                WHERE stream_epoch = $1::bigint AND stream_seq <= $2::bigint)
        """

    static let lostEnd: Statement = """
        SELECT lost_end FROM stream_epochs WHERE epoch = $1::bigint AND lost_end IS NOT NULL
        """

    static let gaps: Statement = """
        SELECT s FROM generate_series(1, $2::bigint) AS s
        WHERE NOT EXISTS (SELECT FROM bets
                WHERE stream_epoch = $1::bigint AND stream_seq = s)
            AND NOT EXISTS (SELECT FROM duplicate_bets
                WHERE stream_epoch = $1::bigint AND stream_seq = s)
            AND NOT EXISTS (SELECT FROM rejected_bets
                WHERE stream_epoch = $1::bigint AND stream_seq = s)
        LIMIT 5
        """

    static let beyond: Statement = """
        SELECT (SELECT count(*) FROM bets
                WHERE stream_epoch = $1::bigint AND stream_seq > $2::bigint)
            + (SELECT count(*) FROM duplicate_bets
                WHERE stream_epoch = $1::bigint AND stream_seq > $2::bigint)
            + (SELECT count(*) FROM rejected_bets
                WHERE stream_epoch = $1::bigint AND stream_seq > $2::bigint)
        """

    static let outcomesTwice = """
        SELECT (SELECT count(*) FROM duplicate_bets JOIN bets USING (stream_epoch, stream_seq))
            + (SELECT count(*) FROM rejected_bets JOIN bets USING (stream_epoch, stream_seq))
            + (SELECT count(*) FROM rejected_bets
                JOIN duplicate_bets USING (stream_epoch, stream_seq))
        """

    static let gapsInCompleteEpochs = """
        SELECT count(*) FROM stream_epochs e
        WHERE outcomes_through <>
            (SELECT count(*) FROM bets
                WHERE stream_epoch = e.epoch AND stream_seq <= e.outcomes_through)
            + (SELECT count(*) FROM duplicate_bets
                WHERE stream_epoch = e.epoch AND stream_seq <= e.outcomes_through)
            + (SELECT count(*) FROM rejected_bets
                WHERE stream_epoch = e.epoch AND stream_seq <= e.outcomes_through)
            + (SELECT count(*) FROM lost_sequences
                WHERE stream_epoch = e.epoch AND stream_seq <= e.outcomes_through)
        """

    static let blocksBeyondRows = """
        SELECT count(*) FROM (
            SELECT stream_epoch, block, sum(outcomes) AS written FROM outcome_blocks
            GROUP BY stream_epoch, block) AS b
        WHERE written >
            (SELECT count(*) FROM bets WHERE stream_epoch = b.stream_epoch
                AND stream_seq BETWEEN b.block * 4096 AND b.block * 4096 + 4095)
            + (SELECT count(*) FROM duplicate_bets WHERE stream_epoch = b.stream_epoch
                AND stream_seq BETWEEN b.block * 4096 AND b.block * 4096 + 4095)
            + (SELECT count(*) FROM rejected_bets WHERE stream_epoch = b.stream_epoch
                AND stream_seq BETWEEN b.block * 4096 AND b.block * 4096 + 4095)
        """

    /// What a stream that lost its end still held was carried over.
    static let lost = """
        SELECT count(*) FROM lost_sequences WHERE NOT EXISTS (
            SELECT FROM stream_epochs WHERE epoch = stream_epoch AND lost_end IS NOT NULL)
        """

    static let lostUpTo: Statement = """
        SELECT count(*) FROM lost_sequences
        WHERE stream_epoch = $1::bigint AND stream_seq <= $2::bigint
        """

    static let unknownEpochs = """
        SELECT count(*) FROM (
            SELECT stream_epoch FROM bets UNION SELECT stream_epoch FROM duplicate_bets
            UNION SELECT stream_epoch FROM rejected_bets) AS outcome
        WHERE NOT EXISTS (SELECT FROM stream_epochs e WHERE e.epoch = outcome.stream_epoch)
        """

    static let doubledBets = """
        SELECT count(*) FROM (SELECT FROM bets GROUP BY id HAVING count(*) > 1) AS doubled
        """

    static let validUniqueIndexes = """
        SELECT count(*) FROM pg_index
        WHERE indrelid IN
                ('bets'::regclass, 'duplicate_bets'::regclass, 'rejected_bets'::regclass)
            AND indisunique AND indisvalid AND indisready
        """

    static let orphans = """
        SELECT (SELECT count(*) FROM duplicate_bets d
                WHERE NOT EXISTS (SELECT FROM bets b WHERE b.id = d.bet_id))
            + (SELECT count(*) FROM rejected_bets r WHERE r.reason = 'id_conflict'
                AND NOT EXISTS (SELECT FROM bets b WHERE b.id = r.bet_id))
        """

    static let podDifferences = """
        WITH said AS (
            SELECT stream_epoch, pod_id, sum(stored) AS stored, sum(value) AS value,
                sum(duplicates) AS duplicates, sum(rejected) AS rejected
            FROM ingest_totals GROUP BY stream_epoch, pod_id),
        b AS (SELECT stream_epoch, pod_id, count(*) AS stored, sum(amount) AS value
            FROM bets GROUP BY stream_epoch, pod_id),
        d AS (SELECT stream_epoch, pod_id, count(*) AS duplicates
            FROM duplicate_bets GROUP BY stream_epoch, pod_id),
        r AS (SELECT stream_epoch, pod_id, count(*) AS rejected
            FROM rejected_bets GROUP BY stream_epoch, pod_id)
        SELECT pod_id, format('says %s stored, %s duplicate, %s rejected, value %s; '
                'has %s, %s, %s, %s', coalesce(said.stored, 0), coalesce(said.duplicates, 0),
                coalesce(said.rejected, 0), coalesce(said.value, 0), coalesce(b.stored, 0),
                coalesce(d.duplicates, 0), coalesce(r.rejected, 0), coalesce(b.value, 0))
        FROM said FULL JOIN b USING (stream_epoch, pod_id)
            FULL JOIN d USING (stream_epoch, pod_id) FULL JOIN r USING (stream_epoch, pod_id)
        WHERE coalesce(said.stored, 0) <> coalesce(b.stored, 0)
            OR coalesce(said.value, 0) <> coalesce(b.value, 0)
            OR coalesce(said.duplicates, 0) <> coalesce(d.duplicates, 0)
            OR coalesce(said.rejected, 0) <> coalesce(r.rejected, 0)
        ORDER BY stream_epoch, pod_id LIMIT 3
        """

    static let reasonDifferences = """
        WITH said AS (SELECT stream_epoch, pod_id, reason, sum(count) AS n
            FROM ingest_rejections GROUP BY stream_epoch, pod_id, reason),
        has AS (SELECT stream_epoch, pod_id, reason, count(*) AS n
            FROM rejected_bets GROUP BY stream_epoch, pod_id, reason)
        SELECT count(*) FROM said FULL JOIN has USING (stream_epoch, pod_id, reason)
        WHERE coalesce(said.n, 0) <> coalesce(has.n, 0)
        """

    static let gameDifferences = """
        WITH said AS (SELECT game_id, selection, sum(bets) AS bets, sum(staked) AS staked
            FROM game_totals GROUP BY game_id, selection),
        has AS (SELECT game_id, selection, count(*) AS bets, sum(amount) AS staked
            FROM bets GROUP BY game_id, selection)
        SELECT game_id || ' ' || selection, format('says %s bets, staked %s; has %s, %s',
                coalesce(said.bets, 0), coalesce(said.staked, 0),
                coalesce(has.bets, 0), coalesce(has.staked, 0))
        FROM said FULL JOIN has USING (game_id, selection)
        WHERE coalesce(said.bets, 0) <> coalesce(has.bets, 0)
            OR coalesce(said.staked, 0) <> coalesce(has.staked, 0)
        ORDER BY game_id, selection LIMIT 3
        """
}
