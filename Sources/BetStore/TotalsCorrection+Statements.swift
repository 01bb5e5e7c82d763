import PostgresClient

/// Each query answers the rows of those groups that differ: a number for the group, the row's key,
/// the row's figures, the group's differences. Largest rows first. A group without any row gets one.
extension TotalsCorrection {
    static let podsQuery: Statement = """
        WITH said AS (
            SELECT stream_epoch, pod_id, sum(stored) AS stored, sum(value) AS value,
                sum(duplicates) AS duplicates, sum(rejected) AS rejected
            FROM ingest_totals GROUP BY stream_epoch, pod_id),
        b AS (SELECT stream_epoch, pod_id, count(*) AS stored, sum(amount) AS value
            FROM bets GROUP BY stream_epoch, pod_id),
        d AS (SELECT stream_epoch, pod_id, count(*) AS duplicates
            FROM duplicate_bets GROUP BY stream_epoch, pod_id),
        r AS (SELECT stream_epoch, pod_id, count(*) AS rejected
            FROM rejected_bets GROUP BY stream_epoch, pod_id),
        difference AS (
            SELECT stream_epoch, pod_id,
                coalesce(b.stored, 0) - coalesce(said.stored, 0) AS stored,
                coalesce(b.value, 0) - coalesce(said.value, 0) AS value,
                coalesce(d.duplicates, 0) - coalesce(said.duplicates, 0) AS duplicates,
                coalesce(r.rejected, 0) - coalesce(said.rejected, 0) AS rejected
            FROM said FULL JOIN b USING (stream_epoch, pod_id)
                FULL JOIN d USING (stream_epoch, pod_id)
                FULL JOIN r USING (stream_epoch, pod_id))
        SELECT dense_rank() OVER (ORDER BY f.stream_epoch, f.pod_id), f.stream_epoch, f.pod_id,
            coalesce(t.boot_id, 'correction'), '', coalesce(t.stored, 0)::numeric,
            coalesce(t.value, 0), coalesce(t.duplicates, 0)::numeric,
            coalesce(t.rejected, 0)::numeric, f.stored, f.value, f.duplicates, f.rejected
        FROM difference f LEFT JOIN ingest_totals t USING (stream_epoch, pod_id)
        WHERE f.stored <> 0 OR f.value <> 0 OR f.duplicates <> 0 OR f.rejected <> 0
        ORDER BY 1, t.stored DESC
        """

    static let reasonsQuery: Statement = """
        WITH said AS (SELECT stream_epoch, pod_id, reason, sum(count) AS n
            FROM ingest_rejections GROUP BY stream_epoch, pod_id, reason),
        has AS (SELECT stream_epoch, pod_id, reason, count(*) AS n
            FROM rejected_bets GROUP BY stream_epoch, pod_id, reason),
        difference AS (
            SELECT stream_epoch, pod_id, reason, coalesce(has.n, 0) - coalesce(said.n, 0) AS n
            FROM said FULL JOIN has USING (stream_epoch, pod_id, reason))
        SELECT dense_rank() OVER (ORDER BY f.stream_epoch, f.pod_id, f.reason), f.stream_epoch,
            f.pod_id, coalesce(t.boot_id, 'correction'), f.reason, coalesce(t.count, 0)::numeric,
            f.n
        FROM difference f LEFT JOIN ingest_rejections t USING (stream_epoch, pod_id, reason)
        WHERE f.n <> 0 ORDER BY 1, t.count DESC
        """

    static let gamesQuery: Statement = """
        WITH said AS (SELECT game_id, selection, sum(bets) AS bets, sum(staked) AS staked
            FROM game_totals GROUP BY game_id, selection),
        has AS (SELECT game_id, selection, count(*) AS bets, sum(amount) AS staked
            FROM bets GROUP BY game_id, selection),
        difference AS (
            SELECT game_id, selection, coalesce(has.bets, 0) - coalesce(said.bets, 0) AS bets,
                coalesce(has.staked, 0) - coalesce(said.staked, 0) AS staked
            FROM said FULL JOIN has USING (game_id, selection))
        SELECT dense_rank() OVER (ORDER BY f.game_id, f.selection), 0::bigint, f.game_id,
            f.selection, coalesce(t.lane, 0)::text, coalesce(t.bets, 0)::numeric,
            coalesce(t.staked, 0), f.bets, f.staked
        FROM difference f LEFT JOIN game_totals t USING (game_id, selection)
        WHERE f.bets <> 0 OR f.staked <> 0 ORDER BY 1, t.bets DESC
        """

    static let podStatement: Statement = """
        INSERT INTO ingest_totals AS t (stream_epoch, pod_id, boot_id, version, stored, value,
            duplicates, rejected)
        SELECT $1::bigint, $2::text, $3::text || $4::text, 1, $5::numeric, $6::numeric,
            $7::numeric, $8::numeric
        ON CONFLICT (stream_epoch, pod_id, boot_id) DO UPDATE
        SET version = t.version + 1, stored = t.stored + excluded.stored,
            value = t.value + excluded.value, duplicates = t.duplicates + excluded.duplicates,
            rejected = t.rejected + excluded.rejected, updated_at = now()
        """

    static let reasonStatement: Statement = """
        INSERT INTO ingest_rejections AS t (stream_epoch, pod_id, boot_id, reason, count)
        SELECT $1::bigint, $2::text, $3::text, $4::text, $5::numeric
        ON CONFLICT (stream_epoch, pod_id, boot_id, reason) DO UPDATE
        SET count = t.count + excluded.count
        """

    /// The first parameter, an epoch, means nothing here.
    static let gameStatement: Statement = """
        INSERT INTO game_totals AS t (game_id, selection, lane, bets, staked)
        SELECT $2::text, $3::text, $4::smallint, $5::numeric, $6::numeric WHERE $1::bigint = 0
        ON CONFLICT (game_id, selection, lane) DO UPDATE
        SET bets = t.bets + excluded.bets, staked = t.staked + excluded.staked
        """
}
