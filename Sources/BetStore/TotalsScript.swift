import Betting
import PostgresClient

/// The statements that add a batch to the totals. Those of every batch are prepared: planning them
/// takes Postgres as long as doing them.
struct TotalsScript {
    private let boot: Boot
    private let epoch: Int64
    private(set) var script = Script()

    init(boot: Boot, epoch: Int64) {
        self.boot = boot
        self.epoch = epoch
    }

    private var key: [PostgresValue] { [.int64(epoch), .text(boot.podID), .text(boot.bootID)] }

    private static let insertGameTotals: Statement = """
        INSERT INTO game_totals AS t (game_id, selection, lane, bets, staked)
        SELECT game_id, selection, $1::smallint, bets, staked
        FROM unnest($2::text[], $3::text[], $4::bigint[], $5::numeric[])
        AS added (game_id, selection, bets, staked)
        ON CONFLICT (game_id, selection, lane) DO UPDATE
        SET bets = t.bets + excluded.bets, staked = t.staked + excluded.staked, updated_at = now()
        """

    /// Rows in the order of their keys: batches that add to the same rows cannot deadlock.
    mutating func addGameTotals(_ work: BatchWork) {
        let (markets, stakes) = (work.batch.markets.all, work.stakes)
        let order = markets.indices.filter { stakes[$0].count > 0 }
            .sorted { markets[$0] < markets[$1] }
        guard !order.isEmpty else { return }
        script.append(
            Self.insertGameTotals,
            [
                .int64(Int64(boot.lane)),
                .textArray(order.map { markets[$0].gameID.description }),
                .textArray(order.map { markets[$0].selection.description }),
                .int64Array(order.map { Int64(stakes[$0].count) }),
                .numericArray(order.map { stakes[$0].amount.units }, scale: Money.scale),
            ]
        )
    }

    private static let insertOutcomeBlocks: Statement = """
        INSERT INTO outcome_blocks AS t (stream_epoch, block, lane, outcomes)
        SELECT $1::bigint, block, $2::smallint, outcomes
        FROM unnest($3::bigint[], $4::bigint[]) AS added (block, outcomes)
        ON CONFLICT (stream_epoch, block, lane) DO UPDATE
        SET outcomes = t.outcomes + excluded.outcomes
        """

    /// In ascending order, after the games: like them. See docs/adr/0024-outcome-blocks.md.
    mutating func addOutcomeBlocks(_ blocks: OutcomeBlocks) {
        let rows = blocks.all
        guard !rows.isEmpty else { return }
        script.append(
            Self.insertOutcomeBlocks,
            [
                .int64(epoch), .int64(Int64(boot.lane)), .int64Array(rows.map(\.block)),
                .int64Array(rows.map { Int64($0.count) }),
            ]
        )
    }

    private static let insertRejections: Statement = """
        INSERT INTO ingest_rejections AS t (stream_epoch, pod_id, boot_id, reason, count)
        SELECT $1::bigint, $2::text, $3::text, reason, count
        FROM unnest($4::text[], $5::bigint[]) AS added (reason, count)
        ON CONFLICT (stream_epoch, pod_id, boot_id, reason) DO UPDATE
        SET count = t.count + excluded.count
        """

    mutating func addRejections(_ counts: [RejectionReason: Int]) {
        guard !counts.isEmpty else { return }
        let rows = counts.sorted { $0.key.rawValue < $1.key.rawValue }
        script.append(
            Self.insertRejections,
            key + [
                .textArray(rows.map(\.key.rawValue)), .int64Array(rows.map { Int64($0.value) }),
            ]
        )
    }

    private static let deleteAttempts: Statement = """
        DELETE FROM poison_attempts
        WHERE stream_epoch = $1::bigint AND stream_seq = ANY ($2::bigint[])
        """

    /// Takes the message back out of `PoisonAttempts`, which it did not deserve.
    mutating func endAttempt(of batch: BetBatch) {
        let sequences = batch.bets.map(\.sequence) + batch.rejected.map(\.sequence)
        guard batch.endsAttempt, !sequences.isEmpty else { return }
        script.append(Self.deleteAttempts, [.int64(epoch), .int64Array(sequences)])
    }

    private static let addBoot: Statement = """
        INSERT INTO ingest_totals AS t (stream_epoch, pod_id, boot_id, version, stored, value, \
        duplicates, rejected)
        VALUES ($1::bigint, $2::text, $3::text, 1, $4::bigint, $5::numeric, $6::bigint, $7::bigint)
        ON CONFLICT (stream_epoch, pod_id, boot_id) DO UPDATE
        SET version = t.version + 1, stored = t.stored + excluded.stored,
        value = t.value + excluded.value, duplicates = t.duplicates + excluded.duplicates,
        rejected = t.rejected + excluded.rejected, updated_at = now()
        RETURNING version, stored, value, duplicates, rejected
        """

    private static let selectRejections: Statement = """
        SELECT reason, count FROM ingest_rejections
        WHERE (stream_epoch, pod_id, boot_id) = ($1::bigint, $2::text, $3::text)
        """

    /// The boot's own row, and what it now says.
    mutating func addBootTotals(_ work: BatchWork) {
        let result = work.result
        script.append(
            Self.addBoot,
            key + [
                .int64(Int64(result.storedCount)),
                .numeric(units: work.value.units, scale: Money.scale),
                .int64(Int64(result.duplicateCount)), .int64(Int64(result.rejectedCount)),
            ]
        )
        script.append(Self.selectRejections, key)
    }

    mutating func commit() { script.append("COMMIT") }

    /// What the answers say: the last three are of the boot's two statements and of COMMIT.
    func read(_ results: [ResultSet]) throws(PostgresError) -> BootTotals {
        let row = results[results.count - 3]
        let reasons = results[results.count - 2]
        var totals = BootTotals()
        totals.version = try row.int64(0, 0)
        totals.stored = try row.int64(0, 1)
        totals.value = MoneySum(units: try row.numeric(0, 2, scale: Money.scale))
        totals.duplicates = try row.int64(0, 3)
        totals.rejected = try row.int64(0, 4)
        for index in 0..<reasons.rowCount {
            if let reason = RejectionReason(rawValue: try reasons.string(index, 0)) {
                totals.rejectedByReason[reason] = try reasons.int64(index, 1)
            }
        }
        return totals
    }
}

extension Market: Comparable {
    package static func < (left: Market, right: Market) -> Bool {
        left.gameID == right.gameID
            ? left.selection < right.selection : left.gameID < right.gameID
    }
}
