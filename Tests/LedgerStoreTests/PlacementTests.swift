import Betting
import Ledger
import LedgerStore
import PostgresClient
import TestSupport
import Testing

/// Placing bets against wallets.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct PlacementTests {
    @Test
    func `a placed bet leaves its stake, its job, its message and its answer`() async throws {
        let world = try await MoneyWorld(wallets: [1: 500])
        let placement = try world.placement(1, .a, 100)
        let outcomes = try world.with { try $0.place([placement]) }
        #expect(outcomes == [.accepted(balance: .whole(400))])
        let wallet = try world.with { try $0.wallet(of: placement.user) }
        #expect(wallet.balance == .whole(400) && wallet.locked == .whole(100))
        let bet = try world.bet(placement.betID, of: 1)
        #expect(bet.state == .open && bet.parts.remaining == .whole(100) && bet.side == .a)
        #expect(try world.number("SELECT count(*) FROM jobs WHERE kind = 'match'") == 1)
        #expect(try world.number("SELECT count(*) FROM bet_outbox") == 1)
        #expect(try world.number("SELECT count(*) FROM idempotency_keys") == 1)
        #expect(try world.violations() == [])
    }

    @Test
    func `of a thousand bets of 1 from a wallet of 500, exactly 500 are accepted`() async throws {
        let world = try await MoneyWorld(wallets: [1: 500])
        let groups = try (0..<40).map { _ in try (0..<25).map { _ in try world.placement(1, .a, 1) }
        }
        let outcomes = try await atOnce(40) { index in
            try world.with { try $0.place(groups[index]) }
        }.flatMap { $0 }
        var accepted = 0
        for outcome in outcomes {
            switch outcome {
            case .accepted: accepted += 1
            case .insufficient(let balance): #expect(balance == .zero)
            default: Issue.record("\(outcome)")
            }
        }
        #expect(accepted == 500)
        #expect(try world.balance(1) == .zero)
        #expect(try world.number("SELECT count(*) FROM placed_bets") == 500)
        #expect(try world.violations() == [])
    }

    @Test(arguments: [1, 10])
    func `a key sent ten times at once debits once and answers once`(_ groupSize: Int) async throws
    {
        let world = try await MoneyWorld(wallets: [1: 500])
        let placements = try (0..<10).map { _ in try world.placement(1, .a, 100, key: "k") }
        let outcomes = try await atOnce(10 / groupSize) { index in
            try world.with { store in
                try store.place(Array(placements[index * groupSize..<(index + 1) * groupSize]))
            }
        }.flatMap { $0 }
        let accepted = outcomes.filter { $0 == .accepted(balance: .whole(400)) }
        let answers = Set(
            outcomes.compactMap { outcome in
                if case .replayed(let answer) = outcome { answer } else { nil }
            }
        )
        #expect(accepted.count == 1 && outcomes.count == 10)
        #expect(answers.count == 1)
        #expect(answers.first?.body.hasSuffix(" 400") == true)
        #expect(try world.balance(1) == .whole(400))
        #expect(try world.violations() == [])
    }

    @Test
    func `a key belongs to its user and its request`() async throws {
        let world = try await MoneyWorld(wallets: [1: 500, 2: 500])
        let first = try world.placement(1, .a, 100, key: "k")
        let other = try world.placement(1, .a, 200, key: "k", hash: [9])
        let others = try world.placement(2, .a, 100, key: "k")
        let outcomes = try world.with { try $0.place([first, other, others]) }
        #expect(
            outcomes == [
                .accepted(balance: .whole(400)), .keyConflict, .accepted(balance: .whole(400)),
            ]
        )
        let again = try world.with { try $0.place([other, first]) }
        #expect(again == [.keyConflict, .replayed(.sample(first.betID, .whole(400)))])
    }

    @Test
    func `what one placement is refused for costs its neighbours nothing`() async throws {
        let world = try await MoneyWorld(wallets: [1: 100, 2: 100])
        let closed = try #require(Identifier("closed"))
        let nowhere = try #require(Identifier("nowhere"))
        _ = try world.with { store in
            _ = try store.createRound(closed)
            return try store.closeRound(closed)
        }
        let earlier = try world.place(1, .a, 10)
        var stolen = try world.placement(2, .a, 10)
        stolen = Placement(
            betID: earlier,
            user: stolen.user,
            round: stolen.round,
            side: stolen.side,
            stake: stolen.stake,
            key: stolen.key,
            requestHash: stolen.requestHash
        )
        let placements = [
            try world.placement(1, .a, 50),
            try world.placement(1, .a, 50),
            try world.placement(3, .b, 1),
            try world.placement(2, .b, 1, round: closed),
            try world.placement(2, .b, 1, round: nowhere),
            stolen,
            try world.placement(2, .b, 0),
            try world.placement(2, .b, 30),
        ]
        let outcomes = try world.with { try $0.place(placements) }
        #expect(outcomes[0] == .accepted(balance: .whole(40)))
        #expect(outcomes[1] == .insufficient(balance: .whole(40)))
        #expect(outcomes[2] == .insufficient(balance: .zero))
        #expect(outcomes[3] == .roundClosed)
        #expect(outcomes[4] == .roundUnknown)
        guard case .refused = outcomes[5], case .refused = outcomes[6] else {
            Issue.record("\(outcomes)")
            return
        }
        #expect(outcomes[7] == .accepted(balance: .whole(70)))
        #expect(try world.violations() == [])
    }

    @Test
    func `groups of many users and rounds at once end all as they should`() async throws {
        let users = Dictionary(uniqueKeysWithValues: (1...20).map { (Int64($0), Int64(1_000)) })
        let world = try await MoneyWorld(wallets: users)
        let rounds = try (0..<5).map { try #require(Identifier("r\($0)")) }
        try world.with { store in for round in rounds { _ = try store.createRound(round) } }
        let groups: [[Placement]] = try (0..<8).map { group in
            try (0..<50).map { index in
                let user = Int64((index * 7 + group * 3) % 20 + 1)
                let side: Side = index % 2 == 0 ? .a : .b
                return try world.placement(user, side, 1, round: rounds[(index + group) % 5])
            }
        }
        let outcomes = try await atOnce(8) { index in
            try world.with { try $0.place(groups[index]) }
        }.flatMap { $0 }
        #expect(outcomes.count == 400)
        for outcome in outcomes {
            guard case .accepted = outcome else {
                Issue.record("\(outcome)")
                continue
            }
        }
        try world.workOff()
        #expect(try world.number("SELECT count(*) FROM matches") > 0)
        #expect(try world.violations() == [])
    }

    @Test
    func `a wallet that somebody holds for too long is no empty wallet`() async throws {
        let world = try await MoneyWorld(wallets: [1: 500])
        let holder = try world.connection()
        defer { holder.close() }
        _ = try holder.run("BEGIN; SELECT FROM wallets WHERE user_id = 1 FOR UPDATE")
        var hasty = world.configuration
        hasty.lockTimeoutMilliseconds = 20
        let store = LedgerStore(try PostgresConnection(hasty))
        let placement = try world.placement(1, .a, 100)
        let error = #expect(throws: PostgresError.self) { try store.place([placement]) }
        #expect(error?.sqlState == "55P03" && error?.kind == .retry)
        _ = try holder.run("COMMIT")
        #expect(try store.place([placement]) == [.accepted(balance: .whole(400))])
    }

    @Test
    func `an outbox is never longer than it is said to be, nor full before it is`() async throws {
        let world = try await MoneyWorld(wallets: [1: 500])
        func count(_ limit: Int) throws -> Int {
            try world.with { store in try store.outboxCount(limit: limit) }
        }
        #expect(try count(10) == 0)
        #expect(try count(0) == 0)
        for _ in 0..<5 { try world.place(1, .a, 1) }
        #expect(try count(10) == 5)
        #expect(try count(5) == 5)
        #expect(try count(4) == 5)
        #expect(try count(2) == 3)
        let sent = try world.with { store in
            try store.relayOutbox(limit: 3) { $0.dropFirst().map(\.number) }
        }
        #expect(sent.found == 3 && sent.sent == 2)
        #expect(try count(10) == 5)
        #expect(try count(4) == 3)
        #expect(try count(2) == 3)
        _ = try world.with { try $0.relayOutbox(limit: 10) { $0.map(\.number) } }
        #expect(try count(10) == 0)
    }
}
