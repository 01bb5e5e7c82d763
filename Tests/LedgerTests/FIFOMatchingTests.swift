import Betting
import Ledger
import TestSupport
import Testing

struct FIFOMatchingTests {
    /// Bets as `user:amount`, oldest first; pairs as `a-b:amount` by position.
    private func match(_ sideA: String, _ sideB: String) throws -> String {
        let (betsA, betsB) = (try bets(sideA, side: 0xa), try bets(sideB, side: 0xb))
        return FIFOMatching.match(betsA, betsB)
            .map { "\($0.betA.low)-\($0.betB.low):\($0.amount)" }.joined(separator: " ")
    }

    private func bets(_ text: String, side: UInt64) throws -> [OpenBet] {
        try text.split(separator: " ").enumerated().map { index, bet in
            let parts = bet.split(separator: ":")
            return OpenBet(
                id: try #require(BetID(high: side, low: UInt64(index + 1))),
                user: try #require(UserID(Int64(parts[0]) ?? 0)),
                number: Int64(index),
                remaining: try Money(decimal: String(parts[1]))
            )
        }
    }

    @Test(arguments: [
        ("1:100", "2:100", "1-1:100"),
        ("1:100", "2:30", "1-1:30"),
        ("1:100", "2:60 3:40", "1-1:60 1-2:40"),
        ("1:60 2:40", "3:100", "1-1:60 2-1:40"),
        ("1:0.00000001", "2:10000", "1-1:0.00000001"),
        ("1:5 2:5 3:5", "4:7 5:4", "1-1:5 2-1:2 2-2:3 3-2:1"),
        ("", "1:1", ""),
        ("1:1", "", ""),
        // Never with oneself: one's own are passed over, and serve the others.
        ("1:100", "1:100", ""),
        ("1:100", "1:50 2:50", "1-2:50"),
        ("1:100 2:30", "1:50 2:50", "1-2:50 2-1:30"),
        ("1:10 1:10 2:10", "1:10 1:10 3:30", "1-3:10 2-3:10 3-1:10"),
    ])
    func `bets are matched first come, first served`(
        _ sideA: String,
        _ sideB: String,
        _ expected: String
    ) throws {
        #expect(try match(sideA, sideB) == expected)
    }

    @Test
    func `whatever the bets, nobody gives more than they have, and nothing that fits is left`()
        throws
    {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let sides = try [0xa, 0xb].map { side in
                try (0..<Int.random(in: 0...12, using: &random)).map { index in
                    OpenBet(
                        id: try #require(BetID(high: UInt64(side), low: UInt64(index + 1))),
                        user: try #require(UserID(Int64.random(in: 1...4, using: &random))),
                        number: Int64(index),
                        remaining: Money(units: Int64.random(in: 1...9, using: &random))
                    )
                }
            }
            let users = Dictionary(
                uniqueKeysWithValues: (sides[0] + sides[1]).map { ($0.id, $0.user) }
            )
            var left = Dictionary(
                uniqueKeysWithValues: (sides[0] + sides[1]).map { ($0.id, $0.remaining.units) }
            )
            for pair in FIFOMatching.match(sides[0], sides[1]) {
                #expect(pair.amount > .zero, "seed \(seed)")
                #expect(users[pair.betA] != users[pair.betB], "seed \(seed)")
                left[pair.betA, default: 0] -= pair.amount.units
                left[pair.betB, default: 0] -= pair.amount.units
            }
            #expect(left.values.allSatisfy { $0 >= 0 }, "seed \(seed)")
            let open = sides.map { $0.filter { left[$0.id, default: 0] > 0 } }
            for bet in open[0] {
                #expect(open[1].allSatisfy { $0.user == bet.user }, "seed \(seed)")
            }
        }
    }
}
