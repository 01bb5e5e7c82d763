package import BetStore
package import PostgresClient

/// Looks for sequences without an outcome, fills them from the stream, and writes down those that
/// are lost for good. When something came back, `TotalsCorrection` is due.
package struct GapRepair {
    /// What a run found and did.
    package struct Summary: Sendable, Equatable {
        /// Sequences without an outcome.
        package var missing: Int64 = 0
        package var filled = GapFiller.Report()
        /// Sequences that are known to be lost only now.
        package var lost = 0

        package init() {}
    }

    /// Gaps that are kept in memory; a run goes on behind them.
    private static let rangesMax = 10_000

    private let gaps: OutcomeGaps
    private let filler: GapFiller
    private let postgres: PostgresConnection

    package init(epoch: Int64, filler: GapFiller, on postgres: PostgresConnection) {
        gaps = OutcomeGaps(epoch: epoch, postgres)
        self.filler = filler
        self.postgres = postgres
    }

    /// Looks at all sequences of `range`.
    ///
    /// - Parameters:
    ///   - settled: what the consumer does not deliver again (`StreamTrimmer.settled`); gaps beyond
    ///     it are left to the consumer.
    ///   - olderThan: nanoseconds since 1970; messages stored later are left alone.
    ///   - committed: told after each batch; returns whether to go on.
    package func run(
        in range: ClosedRange<Int64>,
        settled: Int64,
        olderThan limit: Int64,
        committed: (BatchResult) -> Bool
    ) throws -> Summary {
        var summary = Summary()
        var isStopped = false
        var first = range.lowerBound
        let last = min(range.upperBound, settled)
        while first <= last, !isStopped {
            let missing = try gaps.missing(in: first...last, rangesMax: Self.rangesMax)
            guard let begin = missing.first?.lowerBound, let end = missing.last?.upperBound
            else { break }
            try gaps.forgetBlocks(of: begin...end)
            summary.missing += missing.reduce(0) { $0 + Int64($1.count) }
            let report = try filler.fill(missing, olderThan: limit, on: postgres) { result in
                isStopped = !committed(result)
                return !isStopped
            }
            summary.filled.merge(report)
            for gone in report.gone { summary.lost += try gaps.recordLost(gone) }
            first = missing.count < Self.rangesMax ? last + 1 : end + 1
        }
        return summary
    }
}

extension GapFiller.Report {
    fileprivate mutating func merge(_ other: GapFiller.Report) {
        stored += other.stored
        duplicates += other.duplicates
        rejected += other.rejected
        done += other.done
        young += other.young
    }
}
