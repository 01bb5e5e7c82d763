import Betting
import Jobs
import Ledger
import LedgerStore
import PostgresClient
import TestSupport
import Testing

/// From two bets to money in the winner's wallet, and back where there is no opponent.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct SettlementTests {
    private func resolve(_ world: MoneyWorld, _ result: RoundResult) throws {
        let outcome = try world.with { try $0.resolveRound(world.round, result) }
        guard case .changed = outcome else { throw FixtureError("\(outcome)") }
        try world.workOff()
    }

    @Test
    func `two users with 100 each: the winner has 600, the other 400`() async throws {
        let world = try await MoneyWorld(wallets: [1: 500, 2: 500])
        let (betA, betB) = (try world.place(1, .a, 100), try world.place(2, .b, 100))
        try world.workOff()
        #expect(try world.bet(betA, of: 1).state == .matched)
        _ = try world.with { try $0.closeRound(world.round) }
        try resolve(world, .a)
        #expect(try world.balance(1) == .whole(600))
        #expect(try world.balance(2) == .whole(400))
        #expect(try world.bet(betA, of: 1).state == .settled)
        #expect(try world.bet(betB, of: 2).state == .settled)
        #expect(try world.number("SELECT count(*) FROM jobs") == 0)
        #expect(try world.violations() == [])
    }

    @Test
    func `whoever comes first, side A's bet is side A's`() async throws {
        let world = try await MoneyWorld(wallets: [1: 500, 2: 500])
        _ = (try world.place(2, .b, 100), try world.place(1, .a, 100))
        try resolve(world, .b)
        #expect(try world.balance(1) == .whole(400))
        #expect(try world.balance(2) == .whole(600))
        #expect(try world.violations() == [])
    }

    @Test
    func `100 against 30: 30 are matched, 70 come back at the close`() async throws {
        let world = try await MoneyWorld(wallets: [1: 500, 2: 500])
        let (betA, betB) = (try world.place(1, .a, 100), try world.place(2, .b, 30))
        try world.workOff()
        let open = try world.bet(betA, of: 1)
        #expect(open.state == .partlyMatched && open.parts.remaining == .whole(70))
        #expect(try world.bet(betB, of: 2).state == .matched)
        _ = try world.with { try $0.closeRound(world.round) }
        try world.workOff()
        #expect(try world.balance(1) == .whole(470))
        #expect(try world.bet(betA, of: 1).state == .matched)
        try resolve(world, .b)
        #expect(try world.balance(1) == .whole(470))
        #expect(try world.balance(2) == .whole(530))
        #expect(try world.violations() == [])
    }

    @Test
    func `100 against 60 and then 40: two matches, both paid`() async throws {
        let world = try await MoneyWorld(wallets: [1: 500, 2: 500, 3: 500])
        let betA = try world.place(1, .a, 100)
        _ = try world.place(2, .b, 60)
        try world.workOff()
        _ = try world.place(3, .b, 40)
        try world.workOff()
        #expect(try world.bet(betA, of: 1).state == .matched)
        #expect(try world.number("SELECT count(*) FROM matches") == 2)
        try resolve(world, .a)
        #expect(try world.balance(1) == .whole(600))
        #expect(try world.balance(2) == .whole(440))
        #expect(try world.balance(3) == .whole(460))
        #expect(try world.violations() == [])
    }

    @Test
    func `a matched part is paid back when it is void after its remainder was cancelled`()
        async throws
    {
        let world = try await MoneyWorld(wallets: [1: 500, 2: 500])
        let (betA, betB) = (try world.place(1, .a, 100), try world.place(2, .b, 30))
        try world.workOff()
        let user = try #require(UserID(1))
        let cancelled = try world.with { try $0.cancelBet(betA, of: user) }
        guard case .refunded(let bet, let amount, let balance) = cancelled else {
            Issue.record("\(cancelled)")
            return
        }
        #expect(amount == .whole(70) && balance == .whole(470) && bet.state == .matched)
        try resolve(world, .void)
        #expect(try world.balance(1) == .whole(500))
        #expect(try world.balance(2) == .whole(500))
        #expect(try world.bet(betA, of: 1).state == .refunded)
        #expect(try world.bet(betB, of: 2).state == .refunded)
        #expect(try world.violations() == [])
    }

    @Test
    func `a result that comes before anybody matched still matches, a void one pays back`()
        async throws
    {
        for (result, first) in [(RoundResult.a, 600), (.b, 400), (.void, 500)] {
            let world = try await MoneyWorld(wallets: [1: 500, 2: 500])
            _ = (try world.place(1, .a, 100), try world.place(2, .b, 100))
            try resolve(world, result)
            #expect(try world.balance(1) == .whole(Int64(first)))
            #expect(try world.violations() == [])
        }
    }

    @Test
    func `a bet is cancelled by its user only, and what is matched stays`() async throws {
        let world = try await MoneyWorld(wallets: [1: 500, 2: 500])
        let bet = try world.place(1, .a, 100)
        let (owner, other) = (try #require(UserID(1)), try #require(UserID(2)))
        #expect(try world.with { try $0.cancelBet(bet, of: other) } == .unknown)
        _ = try world.with { try $0.cancelBet(bet, of: owner) }
        #expect(try world.balance(1) == .whole(500))
        guard case .nothingOpen(let again) = try world.with({ try $0.cancelBet(bet, of: owner) })
        else {
            Issue.record("refunded twice")
            return
        }
        #expect(again.state == .refunded)
        _ = try world.place(2, .b, 100)
        try world.workOff()
        #expect(try world.number("SELECT count(*) FROM matches") == 0)
        #expect(try world.violations() == [])
    }

    @Test
    func `rounds go one way`() async throws {
        let world = try await MoneyWorld()
        func isChanged(_ outcome: RoundOutcome) -> Bool {
            if case .changed = outcome { true } else { false }
        }
        func isUnchanged(_ outcome: RoundOutcome) -> Bool {
            if case .unchanged = outcome { true } else { false }
        }
        func isConflict(_ outcome: RoundOutcome) -> Bool {
            if case .conflict = outcome { true } else { false }
        }
        let nowhere = try #require(Identifier("nowhere"))
        try world.with { (store) throws in
            #expect(isUnchanged(try store.createRound(world.round)))
            #expect(isChanged(try store.closeRound(world.round)))
            #expect(isUnchanged(try store.closeRound(world.round)))
            #expect(isConflict(try store.createRound(world.round)))
            #expect(isChanged(try store.resolveRound(world.round, .a)))
            #expect(isUnchanged(try store.resolveRound(world.round, .a)))
            #expect(isConflict(try store.resolveRound(world.round, .b)))
            #expect(isConflict(try store.resolveRound(world.round, .void)))
            #expect(isConflict(try store.closeRound(world.round)))
            #expect(try store.closeRound(nowhere) == .unknown)
            #expect(try store.resolveRound(nowhere, .a) == .unknown)
            #expect(try store.round(world.round)?.result == .a)
        }
    }
}
