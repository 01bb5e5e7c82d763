import Betting
import Ledger
import Testing

/// What may become of a stake.
struct StakePartsTests {
    private func money(_ units: Int64) -> Money { Money(units: units) }

    private func parts(
        _ remaining: Int64,
        _ matched: Int64,
        _ refunded: Int64,
        _ settled: Int64
    ) -> StakeParts? {
        StakeParts(
            stake: money(100),
            remaining: money(remaining),
            matched: money(matched),
            refunded: money(refunded),
            settled: money(settled)
        )
    }

    @Test(
        arguments: [
            ((100, 0, 0, 0), BetState.open), ((40, 60, 0, 0), .partlyMatched),
            ((40, 0, 60, 0), .open), ((40, 60, 0, 60), .partlyMatched), ((0, 100, 0, 0), .matched),
            ((0, 60, 40, 0), .matched), ((0, 60, 40, 59), .matched), ((0, 60, 40, 60), .settled),
            ((0, 100, 0, 100), .settled), ((0, 0, 100, 0), .refunded),
        ] as [((Int64, Int64, Int64, Int64), BetState)]
    )
    func `the state follows from the parts`(
        _ numbers: (Int64, Int64, Int64, Int64),
        _ state: BetState
    ) throws {
        let parts = try #require(self.parts(numbers.0, numbers.1, numbers.2, numbers.3))
        #expect(parts.state == state)
        #expect(parts.state.isFinal == (parts.locked == .zero))
    }

    @Test(
        arguments: [
            (99, 0, 0, 0), (101, 0, 0, 0), (-1, 101, 0, 0), (0, 50, 50, 51), (50, 50, 0, -1),
        ] as [(Int64, Int64, Int64, Int64)]
    )
    func `parts that are not the stake's are none`(_ numbers: (Int64, Int64, Int64, Int64)) {
        #expect(parts(numbers.0, numbers.1, numbers.2, numbers.3) == nil)
    }

    @Test
    func `a stake is matched, cancelled, voided and settled part by part`() throws {
        var parts = try #require(StakeParts(stake: money(100)))
        try parts.match(money(30))
        try parts.match(money(20))
        #expect(parts.state == .partlyMatched && parts.locked == MoneySum(units: 100))
        try parts.refundRemaining()
        #expect(parts.state == .matched && parts.locked == MoneySum(units: 50))
        try parts.settle(money(30))
        try parts.void(money(20))
        #expect(parts.state == .settled && parts.locked == .zero)
        #expect(parts.refunded == money(70) && parts.matched == money(30))
    }

    @Test
    func `what is not there cannot be moved, and nothing changes`() throws {
        var parts = try #require(StakeParts(stake: money(100)))
        try parts.match(money(60))
        try parts.settle(money(50))
        let before = parts
        #expect(throws: StakeError.illegal) { try parts.match(money(41)) }
        #expect(throws: StakeError.illegal) { try parts.match(money(0)) }
        #expect(throws: StakeError.illegal) { try parts.match(money(-1)) }
        #expect(throws: StakeError.illegal) { try parts.void(money(11)) }
        #expect(throws: StakeError.illegal) { try parts.settle(money(11)) }
        #expect(throws: StakeError.illegal) { try parts.settle(money(0)) }
        #expect(parts == before)
        try parts.refundRemaining()
        #expect(throws: StakeError.illegal) { try parts.refundRemaining() }
        #expect(StakeParts(stake: .zero) == nil)
    }
}
