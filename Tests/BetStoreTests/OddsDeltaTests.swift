import BetStore
import Testing

@Suite struct OddsDeltaTests {
    @Test func `sums per game and selection`() throws {
        var delta = OddsDelta(epoch: 7)
        try delta.add(sequence: 1, game: "a", selection: "x", units: 5)
        try delta.add(sequence: 2, game: "a", selection: "y", units: 7)
        try delta.add(sequence: 3, game: "a", selection: "x", units: .max)
        try delta.add(sequenceWithoutBet: 4)
        #expect(delta.count == 4)
        #expect(delta.markets.map(\.selection) == ["x", "y"])
        #expect(delta.markets.map(\.bets) == [2, 1])
        #expect(delta.markets.map(\.units) == [Int128(Int64.max) + 5, 7])
        #expect(delta.entries.map(\.market) == [0, 1, 0, nil])
        delta.reset(epoch: 8)
        #expect(delta.isEmpty && delta.markets.isEmpty && delta.epoch == 8)
    }

    @Test(arguments: [
        "", "with space", "line\n", "pipe|r", "ü", String(repeating: "x", count: 65), "a/b",
    ])
    func `refuses names outside the alphabet`(name: String) {
        var delta = OddsDelta(epoch: 1)
        #expect(throws: OddsError.self) {
            try delta.add(sequence: 1, game: name, selection: "x", units: 1)
        }
        #expect(throws: OddsError.self) {
            try delta.add(sequence: 1, game: "g", selection: name, units: 1)
        }
        #expect(delta.isEmpty)
    }

    @Test func `refuses sequences below 1 and negative stakes`() {
        var delta = OddsDelta(epoch: 1)
        #expect(throws: OddsError.self) { try delta.add(sequenceWithoutBet: 0) }
        #expect(throws: OddsError.self) {
            try delta.add(sequence: 1, game: "g", selection: "x", units: -1)
        }
        #expect(delta.isEmpty)
    }
}
