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

    /// One statement that looks all ranges up, a range scan per table and range.
    static func query(epoch: Int64, ranges: [ClosedRange<Int64>]) -> String {
        let within = ranges.map { "stream_seq BETWEEN \($0.lowerBound) AND \($0.upperBound)" }
            .joined(separator: " OR ")
        let tables = ["bets", "duplicate_bets", "rejected_bets"]
        return tables.enumerated().map { kind, table in
            "SELECT stream_seq, \(kind) FROM \(table) "
                + "WHERE stream_epoch = \(epoch) AND (\(within))"
        }.joined(separator: " UNION ALL ")
    }

    init() {}

    /// Reads the answer to `query`.
    init(_ rows: ResultSet) throws(PostgresError) {
        kinds.reserveCapacity(rows.rowCount)
        for row in 0..<rows.rowCount {
            kinds[try rows.int64(row, 0)] = Kind(rawValue: try rows.int64(row, 1))
        }
    }
}
