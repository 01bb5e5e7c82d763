import Betting
import PostgresClient

/// The outcomes that sequences of a batch had before the batch was looked at.
struct KnownOutcomes {
    enum Kind: Int64 {
        case stored = 0
        case duplicate = 1
        case rejected = 2
    }

    private var kinds: [Int64: Kind] = [:]

    var isEmpty: Bool { kinds.isEmpty }

    subscript(sequence: Int64) -> Kind? { kinds.isEmpty ? nil : kinds[sequence] }

    /// Ranges that are worth being told apart when a table is looked up that is as good as empty.
    private static let attemptRangesMax = 16

    /// Begins a transaction; the third result is for `init`.
    ///
    /// First come the locks of messages that are, or were, handled alone: whoever parks one and
    /// whoever stores it do not see each other's rows, and so come one after the other.
    static func begin(epoch: Int64, ranges: [ClosedRange<Int64>]) -> String {
        var locked = ranges
        if ranges.count > attemptRangesMax, let first = ranges.first, let last = ranges.last {
            locked = [first.lowerBound...last.upperBound]
        }
        return """
            BEGIN; SELECT FROM poison_attempts WHERE stream_epoch = \(epoch) \
            AND (\(condition(locked))) ORDER BY stream_seq FOR UPDATE; \
            \(query(epoch: epoch, ranges: ranges))
            """
    }

    private static func condition(_ ranges: [ClosedRange<Int64>]) -> String {
        ranges.map { "stream_seq BETWEEN \($0.lowerBound) AND \($0.upperBound)" }
            .joined(separator: " OR ")
    }

    /// One statement that looks all ranges up, a range scan per table and range.
    private static func query(epoch: Int64, ranges: [ClosedRange<Int64>]) -> String {
        let within = condition(ranges)
        let tables = ["bets", "duplicate_bets", "rejected_bets"]
        return tables.enumerated().map { kind, table in
            "SELECT stream_seq, \(kind) FROM \(table) "
                + "WHERE stream_epoch = \(epoch) AND (\(within))"
        }.joined(separator: " UNION ALL ")
    }

    init() {}

    /// Reads the answer to the query in `begin`.
    init(_ rows: ResultSet) throws(PostgresError) {
        kinds.reserveCapacity(rows.rowCount)
        for row in 0..<rows.rowCount {
            kinds[try rows.int64(row, 0)] = Kind(rawValue: try rows.int64(row, 1))
        }
    }
}
