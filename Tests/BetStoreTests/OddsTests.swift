import BetStore
import Testing

@Suite struct OddsTests {
    struct Row: Sendable {
        let staked: Int128
        let total: Int128
        var margin: Int64 = 50_000
        /// Millionths, thousandths; nil = no odds.
        let odds: [Int64]?
    }

    @Test(arguments: [
        Row(staked: 1, total: 1, margin: 0, odds: [1_000_000, 1000]),
        Row(staked: 1, total: 1, odds: [1_000_000, 1000]),
        Row(staked: 1, total: 2, margin: 0, odds: [500_000, 2000]),
        Row(staked: 1, total: 2, odds: [500_000, 1904]),
        Row(staked: 1, total: 3, margin: 0, odds: [333_333, 3000]),
        Row(staked: 2, total: 3, margin: 0, odds: [666_667, 1500]),
        Row(staked: 99, total: 100, odds: [990_000, 1000]),
        Row(staked: 1, total: 1 << 80, odds: [0, 1_000_000_000]),
        Row(staked: (1 << 80) - 1, total: 1 << 80, margin: 0, odds: [1_000_000, 1000]),
        Row(staked: 0, total: 5, odds: nil),
        Row(staked: 6, total: 5, odds: nil),
        Row(staked: 1, total: (1 << 80) + 1, odds: nil),
        Row(staked: 1, total: 2, margin: -1, odds: nil),
    ])
    func `follow from the share of the pool and the margin`(_ row: Row) {
        let odds = Odds(staked: row.staked, ofTotal: row.total, marginMillionths: row.margin)
        #expect(odds.map { [$0.probabilityMillionths, $0.decimalThousandths] } == row.odds)
    }

    @Test func `a game's odds are those of its pools`() {
        let game = GameOdds(updates: 3, pools: ["home": 300, "away": 100, "none": 0])
        let odds = game.odds(marginMillionths: 0)
        #expect(odds.keys.sorted() == ["away", "home"])
        #expect(odds["home"]?.decimalThousandths == 1333)
        #expect(odds["away"]?.decimalThousandths == 4000)
    }
}
