import Betting
import Ledger
import Testing

/// Keys, accounts and amounts of every kind of transaction, and the steps of rounds and jobs.
struct LedgerTransactionTests {
    private static let id = "00000000-0000-0001-0000-000000000002"

    private func transactions() throws -> [LedgerTransaction] {
        let bet = try #require(BetID(high: 1, low: 2))
        let match = MatchID(uuid: bet)
        let user = try #require(UserID(7))
        let amount = Money(units: 30)
        return [
            .deposit("k:1", amount, to: user), .stake(bet, amount, of: user),
            .settlement(match, amount, winner: user), .void(match, .a, amount, to: user),
            .void(match, .b, amount, to: user), .refund(bet, amount, to: user),
        ]
    }

    @Test
    func `each kind moves what it should, under its key`() throws {
        let lines = try transactions().map { transaction in
            let entries = transaction.entries.map { "\($0.account.name) \($0.amount.units)" }
            return "\(transaction.key.text) \(entries.joined(separator: ", "))"
        }
        #expect(
            lines == [
                "DEPOSIT:k:1 deposits -30, wallet 30",
                "BET:\(Self.id) wallet -30, open_stakes 30",
                "SETTLE:\(Self.id) open_stakes -60, wallet 60",
                "VOID:\(Self.id):A open_stakes -30, wallet 30",
                "VOID:\(Self.id):B open_stakes -30, wallet 30",
                "REFUND:\(Self.id) open_stakes -30, wallet 30",
            ]
        )
    }

    @Test
    func `all of them sum to zero`() throws {
        for transaction in try transactions() {
            #expect(transaction.entries.reduce(MoneySum.zero) { $0 + $1.amount } == .zero)
        }
    }

    @Test
    func `rounds go one way`() {
        let steps = RoundState.allCases.flatMap { from in
            RoundState.allCases.filter(from.allows).map { "\(from.rawValue)-\($0.rawValue)" }
        }
        #expect(steps == ["OPEN-CLOSED", "OPEN-RESOLVED", "CLOSED-RESOLVED"])
        #expect(RoundState.allCases.filter(\.allowsMatching) == [.open, .closed])
    }

    @Test
    func `jobs wait longer each time, and not for ever`() {
        let delays = JobKind.allCases.map { kind in
            (1...6).map { kind.delaySeconds(afterAttempts: $0) }
        }
        #expect(delays[0] == [1, 2, 4, 8, nil, nil])
        #expect(delays[1] == [1, 5, 30, 300, nil, nil] && delays[2] == delays[1])
    }

    @Test
    func `users are numbers above 0`() {
        #expect(UserID(0) == nil && UserID(-1) == nil)
        #expect(UserID(.max)?.description == "9223372036854775807")
    }
}
