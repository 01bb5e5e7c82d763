import Betting
import PostgresClient
import Statistics
import StatsCodec

/// Reads the totals per start from Postgres: all of them once, then those that changed.
///
/// Belongs to one connection and one epoch: with another one of either it begins anew.
struct TotalsReader {
    /// Rows of one statement.
    private static let pageRows: Int64 = 5_000
    /// A row's time is that of the transaction's begin: it may show up this much later.
    private static let overlapMicroseconds: Int64 = 60_000_000

    private static let pageQuery: Statement = """
        SELECT t.pod_id, t.boot_id, t.version, t.stored, t.value, t.duplicates, t.started_at,
            (extract(epoch FROM now() - t.updated_at) * 1000000)::bigint, now(),
            (SELECT string_agg(r.reason || '=' || r.count, ' ') FROM ingest_rejections r
             WHERE r.stream_epoch = t.stream_epoch AND r.pod_id = t.pod_id
                 AND r.boot_id = t.boot_id)
        FROM ingest_totals t
        WHERE t.stream_epoch = $1 AND (t.pod_id, t.boot_id) > ($2, $3) AND t.updated_at > $4
        ORDER BY t.pod_id, t.boot_id LIMIT $5
        """

    let epoch: Int64
    /// The server's time when the last pass began; nil before one was complete.
    private var passedAt: Int64?

    init(epoch: Int64) {
        self.epoch = epoch
    }

    /// Whether the next pass reads every row.
    var isFirst: Bool { passedAt == nil }

    /// Hands the rows that are new since the last pass to `take`, page by page.
    mutating func pass(
        _ connection: PostgresConnection,
        _ take: ([(stats: PodStats, age: Duration)]) -> Void
    ) throws(PostgresError) {
        let since = passedAt.map { $0 - Self.overlapMicroseconds } ?? 0
        var last = BootKey(podID: "", bootID: "")
        var begun: Int64?
        while true {
            let page = try connection.query(
                Self.pageQuery,
                [
                    .int64(epoch), .text(last.podID), .text(last.bootID),
                    .timestamp(microsecondsSince1970: since), .int64(Self.pageRows),
                ]
            )
            guard page.rowCount > 0 else { break }
            var rows: [(stats: PodStats, age: Duration)] = []
            rows.reserveCapacity(page.rowCount)
            for index in 0..<page.rowCount { rows.append(try row(page, index)) }
            if begun == nil { begun = try page.timestamp(0, 8) }
            take(rows)
            guard page.rowCount == Int(Self.pageRows), let end = rows.last else { break }
            last = end.stats.key
        }
        // Without a row there is no time to go on from; then the pass was a cheap one.
        passedAt = max(begun ?? 0, passedAt ?? 0)
    }

    private func row(
        _ page: ResultSet,
        _ index: Int
    ) throws(PostgresError) -> (stats: PodStats, age: Duration) {
        var stats = PodStats(
            podID: try page.string(index, 0),
            bootID: try page.string(index, 1),
            epoch: epoch
        )
        stats.version = try page.int64(index, 2)
        stats.totalBets = try page.int64(index, 3)
        stats.totalValueUnits = try page.numeric(index, 4, scale: Money.scale)
        stats.duplicates = try page.int64(index, 5)
        stats.startedAt = try page.timestamp(index, 6)
        stats.rejected = Self.reasons(try page.optionalString(index, 9) ?? "")
        return (stats, .microseconds(max(try page.int64(index, 7), 0)))
    }

    /// `malformed=2 bad_id=1`
    private static func reasons(_ text: String) -> [String: Int64] {
        var reasons: [String: Int64] = [:]
        for part in text.split(separator: " ") {
            let pieces = part.split(separator: "=")
            guard pieces.count == 2, let count = Int64(pieces[1]) else { continue }
            let name =
                RejectionReason(rawValue: String(pieces[0]))?.rawValue ?? StatsDecoder.otherReason
            reasons[name, default: 0] += count
        }
        return reasons
    }
}
