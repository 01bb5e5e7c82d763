import Betting
import PostgresClient

/// The statements that add a batch to the totals. Its texts are built from numbers, from
/// identifiers of a checked alphabet and from the pod's name, which is quoted.
struct TotalsScript {
    private let boot: Boot
    private let epoch: Int64
    private var statements: [String] = []

    var text: String { statements.joined(separator: "; ") }

    init(boot: Boot, epoch: Int64) {
        self.boot = boot
        self.epoch = epoch
    }

    private var key: String { "\(epoch), \(quoted(boot.podID)), \(quoted(boot.bootID))" }

    /// Rows in the order of their keys: batches that add to the same rows cannot deadlock. As arrays:
    /// Postgres parses and plans as many VALUES for longer than it takes to add them.
    mutating func addGameTotals(_ work: BatchWork) {
        let (markets, stakes) = (work.batch.markets.all, work.stakes)
        let order = markets.indices.filter { stakes[$0].count > 0 }
            .sorted { markets[$0] < markets[$1] }
        guard !order.isEmpty else { return }
        let games = arrayLiteral(order) { markets[$0].gameID.appendUTF8(to: &$1) }
        let selections = arrayLiteral(order) { markets[$0].selection.appendUTF8(to: &$1) }
        let bets = arrayLiteral(order) { $1.append(contentsOf: String(stakes[$0].count).utf8) }
        let staked = arrayLiteral(order) { stakes[$0].amount.appendUTF8(to: &$1) }
        statements.append(
            """
            INSERT INTO game_totals AS t (game_id, selection, lane, bets, staked) \
            SELECT game_id, selection, \(boot.lane), bets, staked FROM unnest(\(games)::text[], \
            \(selections)::text[], \(bets)::bigint[], \(staked)::numeric[]) \
            AS added (game_id, selection, bets, staked) \
            ON CONFLICT (game_id, selection, lane) DO UPDATE \
            SET bets = t.bets + excluded.bets, staked = t.staked + excluded.staked, \
            updated_at = now()
            """
        )
    }

    /// An SQL literal of an array, each element in quotes: a game may be called NULL.
    private func arrayLiteral(
        _ places: [Int],
        _ append: (Int, inout [UInt8]) -> Void
    ) -> String {
        var bytes = Array("'{".utf8)
        for place in places {
            if place != places.first { bytes.append(UInt8(ascii: ",")) }
            bytes.append(UInt8(ascii: "\""))
            append(place, &bytes)
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(contentsOf: "}'".utf8)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// In ascending order, after the games: like them. See docs/adr/0024-outcome-blocks.md.
    mutating func addOutcomeBlocks(_ blocks: OutcomeBlocks) {
        let rows = blocks.all
        guard !rows.isEmpty else { return }
        let numbers = rows.map { String($0.block) }.joined(separator: ",")
        let counts = rows.map { String($0.count) }.joined(separator: ",")
        statements.append(
            """
            INSERT INTO outcome_blocks AS t (stream_epoch, block, lane, outcomes) \
            SELECT \(epoch), block, \(boot.lane), outcomes \
            FROM unnest('{\(numbers)}'::bigint[], '{\(counts)}'::integer[]) \
            AS added (block, outcomes) \
            ON CONFLICT (stream_epoch, block, lane) DO UPDATE \
            SET outcomes = t.outcomes + excluded.outcomes
            """
        )
    }

    mutating func addRejections(_ counts: [RejectionReason: Int]) {
        guard !counts.isEmpty else { return }
        let rows = counts.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { "(\(key), '\($0.key.rawValue)', \($0.value))" }
        statements.append(
            """
            INSERT INTO ingest_rejections AS t (stream_epoch, pod_id, boot_id, reason, count) \
            VALUES \(rows.joined(separator: ",")) \
            ON CONFLICT (stream_epoch, pod_id, boot_id, reason) DO UPDATE \
            SET count = t.count + excluded.count
            """
        )
    }

    /// Takes the message back out of `PoisonAttempts`, which it did not deserve.
    mutating func endAttempt(of batch: BetBatch) {
        let sequences = batch.bets.map(\.sequence) + batch.rejected.map(\.sequence)
        guard batch.endsAttempt, !sequences.isEmpty else { return }
        let list = sequences.map(String.init).joined(separator: ", ")
        statements.append(
            "DELETE FROM poison_attempts WHERE stream_epoch = \(epoch) AND stream_seq IN (\(list))"
        )
    }

    /// The boot's own row, and what it now says.
    mutating func addBootTotals(_ work: BatchWork) {
        let result = work.result
        statements.append(
            """
            INSERT INTO ingest_totals AS t (stream_epoch, pod_id, boot_id, version, stored, value, \
            duplicates, rejected) \
            VALUES (\(key), 1, \(result.storedCount), \(work.value), \(result.duplicateCount), \
            \(result.rejectedCount)) \
            ON CONFLICT (stream_epoch, pod_id, boot_id) DO UPDATE \
            SET version = t.version + 1, stored = t.stored + excluded.stored, \
            value = t.value + excluded.value, duplicates = t.duplicates + excluded.duplicates, \
            rejected = t.rejected + excluded.rejected, updated_at = now() \
            RETURNING version, stored, value, duplicates, rejected
            """
        )
        statements.append(
            """
            SELECT reason, count FROM ingest_rejections \
            WHERE (stream_epoch, pod_id, boot_id) = (\(key))
            """
        )
    }

    /// Reads the answers to `text` and one statement more: the last two are the boot's.
    func totals(from results: [ResultSet]) throws(PostgresError) -> BootTotals {
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

    /// An SQL string literal.
    private func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
            + "'"
    }
}

extension Market: Comparable {
    package static func < (left: Market, right: Market) -> Bool {
        left.gameID == right.gameID
            ? left.selection < right.selection : left.gameID < right.gameID
    }
}
