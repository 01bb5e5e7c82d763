import Betting
import TestSupport
import Testing

@testable import BetStore

@Suite
struct BatchPlanTests {
    /// id, sequence of each bet as it came; then the sequences of candidates and contenders.
    private static let plans: [([(UInt64, Int64)], [Int64], [Int64], Int)] = [
        ([], [], [], 0),
        ([(1, 10)], [10], [], 0),
        ([(3, 10), (1, 11), (2, 12)], [11, 12, 10], [], 0),
        ([(1, 11), (1, 10)], [10], [11], 0),
        ([(1, 10), (1, 10)], [10], [], 1),
        ([(1, 12), (1, 10), (1, 12), (1, 11), (1, 10)], [10], [11, 12], 2),
        ([(2, 5), (1, 9), (2, 4), (1, 9)], [9, 4], [5], 1),
    ]

    @Test(arguments: plans.indices)
    func `the lowest sequence of an id is its candidate, others compete, repeats count once`(
        index: Int
    ) {
        let (messages, candidates, contenders, repeated) = Self.plans[index]
        var batch = BetBatch(epoch: 1)
        for (id, sequence) in messages { batch.append(.sample(id), sequence: sequence) }
        let plan = BatchPlan(batch)
        #expect(plan.candidates.map { batch.bets[Int($0)].sequence } == candidates)
        #expect(plan.contenders.map { batch.bets[Int($0)].sequence } == contenders)
        #expect(plan.repeatedCount == repeated)
    }

    @Test
    func `ranges cover rejected messages too`() {
        var batch = BetBatch(epoch: 1)
        batch.append(.sample(1), sequence: 5)
        batch.rejected = [.sample(7), .sample(100_000)]
        #expect(BatchPlan(batch).ranges == [5...7, 100_000...100_000])
    }

    private static let covers: [([Int64], [ClosedRange<Int64>])] = [
        ([], []),
        ([7], [7...7]),
        ([7, 7], [7...7]),
        ([9, 7, 8], [7...9]),
        ([1, 1025], [1...1025]),
        ([1, 1026], [1...1, 1026...1026]),
        ([5_000_000, 3, 1, 2], [1...3, 5_000_000...5_000_000]),
        ([1, 2, .max], [1...2, .max ... .max]),
    ]

    @Test(arguments: covers.indices)
    func `near sequences share a range, a far one gets its own`(index: Int) {
        let (sequences, ranges) = Self.covers[index]
        #expect(sequenceRanges(sequences) == ranges)
    }

    @Test
    func `scattered sequences do not read the whole table`() {
        let sequences = (1...4_000).map { Int64($0) * 1_000 }
        let ranges = sequenceRanges(sequences)
        #expect(ranges.reduce(0) { $0 + $1.count } <= 65_536 + 4_000)
        #expect(sequences.allSatisfy { sequence in ranges.contains { $0.contains(sequence) } })
    }

    @Test
    func `a batch halves until each message is alone`() {
        var batch = BetBatch(epoch: 1)
        for sequence in 1...13 {
            batch.append(.sample(UInt64(sequence)), sequence: Int64(sequence))
        }
        batch.rejected = (14...20).map { .sample($0) }
        var open = [batch]
        var alone: [Int64] = []
        while let next = open.popLast() {
            guard let (first, second) = next.halves else {
                alone += next.bets.map(\.sequence) + next.rejected.map(\.sequence)
                continue
            }
            #expect(!first.isEmpty && !second.isEmpty)
            #expect(first.count + second.count == next.count)
            open += [first, second]
        }
        #expect(alone.sorted() == Array(1...20))
    }
}

@Suite
struct MarketTableTests {
    @Test
    func `each market is kept once, in the order it was first met`() throws {
        var random = TestSupport.SeededGenerator(seed: 11)
        var table = MarketTable()
        var expected: [Market] = []
        for _ in 0..<5_000 {
            let market = Bet.sample(
                1,
                game: "g\(Int.random(in: 0..<600, using: &random))",
                selection: Bool.random(using: &random) ? "home" : "away"
            ).market
            let number = table.index(of: market)
            if number == expected.count { expected.append(market) }
            try #require(Int(number) < expected.count)
            #expect(expected[Int(number)] == market)
        }
        #expect(table.all == expected)
        #expect(table.count == Set(expected).count)
    }

    @Test
    func `a copy does not see what the other adds`() {
        var first = MarketTable()
        _ = first.index(of: Bet.sample(1, game: "a").market)
        var second = first
        let number = second.index(of: Bet.sample(1, game: "b").market)
        #expect(number == 1)
        #expect(first.count == 1)
        #expect(first.index(of: Bet.sample(1, game: "c").market) == 1)
        #expect(second[1] == Bet.sample(1, game: "b").market)
    }
}
