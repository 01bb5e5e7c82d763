import Betting
import PostgresClient

/// The outcomes that sequences of a batch had before the batch was looked at.
struct KnownOutcomes {
    private var outcomes: [Int64: KnownOutcome] = [:]

    var isEmpty: Bool { outcomes.isEmpty }

    subscript(sequence: Int64) -> KnownOutcome? { outcomes.isEmpty ? nil : outcomes[sequence] }

    /// Ranges that are worth being told apart when a table is looked up that is as good as empty.
    private static let attemptRangesMax = 16

    private static let lockAttempts: Statement = """
        SELECT FROM poison_attempts WHERE stream_epoch = $1::bigint
        AND stream_seq BETWEEN $2::bigint AND $3::bigint ORDER BY stream_seq FOR UPDATE
        """

    private static let selectWithoutRow = Statement(
        query(epoch: "$1::bigint", "stream_seq BETWEEN $2::bigint AND $3::bigint", stored: "")
    )

    /// Begins a transaction; the third result is for `init`. What nearly every batch asks is prepared.
    ///
    /// - Parameter storedRanges: where rows of `bets` are looked for. A batch that is new has every
    ///   other sequence of its range when there are two pods, and would read the other's bets in vain.
    ///
    /// First come the locks of messages that are, or were, handled alone: whoever parks one and
    /// whoever stores it do not see each other's rows, and so come one after the other.
    static func begin(
        epoch: Int64,
        ranges: [ClosedRange<Int64>],
        storedRanges: [ClosedRange<Int64>]
    ) -> Script {
        var locked = ranges
        if ranges.count > attemptRangesMax, let first = ranges.first, let last = ranges.last {
            locked = [first.lowerBound...last.upperBound]
        }
        func parameters(_ range: ClosedRange<Int64>) -> [PostgresValue] {
            [.int64(epoch), .int64(range.lowerBound), .int64(range.upperBound)]
        }
        var script = Script("BEGIN")
        if locked.count == 1 {
            script.append(lockAttempts, parameters(locked[0]))
        } else {
            script.append(
                "SELECT FROM poison_attempts WHERE stream_epoch = \(epoch) "
                    + "AND (\(condition(locked))) ORDER BY stream_seq FOR UPDATE"
            )
        }
        if ranges.count == 1, storedRanges.isEmpty {
            script.append(selectWithoutRow, parameters(ranges[0]))
        } else {
            script.append(
                query(epoch: "\(epoch)", condition(ranges), stored: condition(storedRanges))
            )
        }
        return script
    }

    private static func condition(_ ranges: [ClosedRange<Int64>]) -> String {
        ranges.map { "stream_seq BETWEEN \($0.lowerBound) AND \($0.upperBound)" }
            .joined(separator: " OR ")
    }

    /// One statement that looks all ranges up, a range scan per table and range.
    static func query(epoch: Int64, ranges: [ClosedRange<Int64>]) -> String {
        query(epoch: "\(epoch)", condition(ranges), stored: condition(ranges))
    }

    /// - Parameters:
    ///   - condition: which sequences are looked for where no bet is kept.
    ///   - stored: the same of `bets`, which is left out when it is empty.
    private static func query(epoch: String, _ condition: String, stored: String) -> String {
        let tables: [(kind: KnownOutcome.Kind, from: String, where: String)] = [
            (.duplicate, "bet_id, NULL::timestamptz FROM duplicate_bets", condition),
            (.rejected, "bet_id, published_at FROM rejected_bets", condition),
            (.stored, "id, NULL FROM bets", stored),
        ]
        return tables.filter { !$0.where.isEmpty }.map { table in
            "SELECT stream_seq, \(table.kind.rawValue), \(table.from) "
                + "WHERE stream_epoch = \(epoch) AND (\(table.where))"
        }.joined(separator: " UNION ALL ")
    }

    init() {}

    /// Reads the answer to the query in `begin`.
    init(_ rows: ResultSet) throws(PostgresError) {
        outcomes.reserveCapacity(rows.rowCount)
        for row in 0..<rows.rowCount {
            outcomes[try rows.int64(row, 0)] = try KnownOutcome(rows, row)
        }
    }
}

/// The outcome of a sequence, and what tells whose it is: a stream that lost its end gives sequences
/// away again, so that the sequence alone does not say.
struct KnownOutcome {
    enum Kind: Int64 {
        case stored = 0
        case duplicate = 1
        case rejected = 2
    }

    let kind: Kind
    /// Nil for a rejection whose id could not be read.
    private let betID: BetID?
    /// When the stream stored the message; rejections only.
    private let publishedAt: Timestamp?

    /// Reads a row of `KnownOutcomes.query`.
    fileprivate init?(_ rows: ResultSet, _ row: Int) throws(PostgresError) {
        guard let kind = Kind(rawValue: try rows.int64(row, 1)) else { return nil }
        self.kind = kind
        betID = try rows.optionalUUID(row, 2).flatMap { BetID(high: $0.high, low: $0.low) }
        publishedAt =
            kind == .rejected ? Timestamp(microseconds: try rows.timestamp(row, 3)) : nil
    }

    /// Whether it is this message's outcome.
    func isOf(_ received: ReceivedBet) -> Bool {
        if let betID { return betID == received.id }
        return publishedAt == received.publishedAt
    }

    /// Whether it is the outcome of this message, of which no bet was made here. One that had its
    /// outcome from a version that judges otherwise names the id of that outcome somewhere.
    func isOf(_ message: RawMessage) -> Bool {
        if publishedAt == message.publishedAt { return true }
        return betID.map { message.names($0) } ?? false
    }
}

extension RawMessage {
    /// Whether the id stands in a header or in the body.
    fileprivate func names(_ id: BetID) -> Bool {
        if headers.contains(where: { BetID($0.value) == id }) { return true }
        var start = 0
        while start + BetID.textBytes <= body.count {
            let end = start + BetID.textBytes
            if BetID(body.span.extracting(start..<end)) == id { return true }
            start += 1
        }
        return false
    }
}
