import Testing

@testable import betctl

@Suite struct `Counters between two looks` {
    static func figures(_ updates: Int64, _ pool: [String: Int128] = [:]) -> OddsFigures {
        OddsFigures(
            games: updates == 0 && pool.isEmpty ? [:] : ["g": .init(updates: updates, pool: pool)],
            total: updates
        )
    }

    struct Case: Sendable {
        let before: Int64
        let counted: Int64
        let after: Int64
        var isExcess = false
        var isMissing = false
    }

    @Test(
        arguments: [
            Case(before: 3, counted: 3, after: 3), Case(before: 3, counted: 4, after: 5),
            Case(before: 0, counted: 0, after: 4),
            Case(before: 3, counted: 2, after: 5, isMissing: true),
            Case(before: 1, counted: 0, after: 1, isMissing: true),
            Case(before: 3, counted: 6, after: 5, isExcess: true),
            Case(before: 0, counted: 1, after: 0, isExcess: true),
        ]
    )
    func `are wrong only outside of them`(look: Case) {
        let comparison = OddsComparison(
            before: Self.figures(look.before),
            counters: Self.figures(look.counted),
            after: Self.figures(look.after)
        )
        #expect(comparison.excess.isEmpty == !look.isExcess)
        #expect(comparison.missing.isEmpty == !look.isMissing)
    }

    @Test func `are compared to the last unit, selection by selection`() {
        let stored = Self.figures(1, ["home": 100_000_001])
        for pool: [String: Int128] in [
            ["home": 100_000_000], ["home": 100_000_002], ["away": 100_000_001],
        ] {
            let comparison = OddsComparison(
                before: stored,
                counters: Self.figures(1, pool),
                after: stored
            )
            #expect(!comparison.excess.isEmpty || !comparison.missing.isEmpty)
        }
    }
}
