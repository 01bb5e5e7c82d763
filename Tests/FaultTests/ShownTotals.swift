import EngineHarness
import Foundation

/// What a look at the dashboard shows.
struct ShownTotals: Equatable {
    let epoch: String
    let stored: Int
    let duplicates: Int
    let rejected: Int
    /// Of the bets stored.
    let value: Decimal
    /// Rows of `bets`; nil while Postgres is away.
    let rows: Int?
    /// The newest sequence that the dashboard knows; nil while NATS is away.
    let published: Int?
    /// What the dashboard itself finds wrong.
    let violations: [String]

    var outcomes: Int { stored + duplicates + rejected }

    /// What fell between an earlier look at the same stream and this one.
    func falls(since earlier: ShownTotals) -> [String] {
        guard epoch == earlier.epoch else { return [] }
        var found: [String] = []
        for (name, before, now) in [
            ("stored", earlier.stored, stored), ("duplicates", earlier.duplicates, duplicates),
            ("rejected", earlier.rejected, rejected),
            ("rows", earlier.rows ?? 0, rows ?? earlier.rows ?? 0),
            ("published", earlier.published ?? 0, published ?? earlier.published ?? 0),
        ] where now < before { found.append("\(name): \(before), then \(now)") }
        if value < earlier.value { found.append("value: \(earlier.value), then \(value)") }
        return found
    }

    /// What is more than the stream had, asked after the look.
    func excess(over sequence: Int) -> [String] {
        [("outcomes", outcomes), ("rows", rows ?? 0), ("published", published ?? 0)]
            .filter { $0.1 > sequence }
            .map { "\($0.0): \($0.1) of \(sequence)" }
    }
}

extension ShownTotals {
    /// nil before the dashboard knows of a stream.
    init?(_ frame: SeenFrame) {
        guard let epoch = frame.epoch, let value = Decimal(string: frame.total_value_text) else {
            return nil
        }
        self.init(
            epoch: epoch,
            stored: frame.total_bets,
            duplicates: frame.duplicates,
            rejected: frame.rejected_total,
            value: value,
            rows: frame.bets_table_row_count,
            published: frame.reconciliation.published,
            violations: frame.reconciliation.violations
        )
    }
}
