import Foundation
import Testing

/// What the rehearsal's watch objects to.
struct ShownTotalsTests {
    private static let shown = ShownTotals(
        epoch: "1",
        stored: 10,
        duplicates: 2,
        rejected: 3,
        value: 100,
        rows: 10,
        published: 16,
        violations: []
    )

    private func shown(
        epoch: String = "1",
        stored: Int = 10,
        duplicates: Int = 2,
        rejected: Int = 3,
        value: Decimal = 100,
        rows: Int? = 10,
        published: Int? = 16
    ) -> ShownTotals {
        ShownTotals(
            epoch: epoch,
            stored: stored,
            duplicates: duplicates,
            rejected: rejected,
            value: value,
            rows: rows,
            published: published,
            violations: []
        )
    }

    @Test func `every total that fell is named`() {
        for (later, name) in [
            (shown(stored: 9), "stored"), (shown(duplicates: 1), "duplicates"),
            (shown(rejected: 2), "rejected"), (shown(value: Decimal(99.5)), "value"),
            (shown(rows: 9), "rows"), (shown(published: 15), "published"),
        ] {
            let falls = later.falls(since: Self.shown)
            #expect(falls.count == 1 && falls[0].hasPrefix(name), "\(name): \(falls)")
        }
    }

    @Test func `totals that grow, are unknown or are of another stream did not fall`() {
        for later in [
            Self.shown, shown(stored: 11, value: 101, rows: 11, published: 17),
            shown(rows: nil, published: nil), shown(epoch: "2", stored: 0, value: 0, rows: 0),
        ] { #expect(later.falls(since: Self.shown).isEmpty) }
    }

    @Test func `what is more than was published is named`() {
        #expect(Self.shown.excess(over: 16).isEmpty)
        #expect(Self.shown.excess(over: 15) == ["published: 16 of 15"])
        #expect(shown(stored: 13, published: nil).excess(over: 17) == ["outcomes: 18 of 17"])
        #expect(shown(rows: 18).excess(over: 17) == ["rows: 18 of 17"])
    }
}
