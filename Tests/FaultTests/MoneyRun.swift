import Betting
import EngineHarness
import FaultPoints
import Ledger
import LedgerStore
import PostgresClient
import TestSupport

extension FaultPoint {
    /// Met by what places bets and by workers; not by a backend.
    static let ofMoney: Set<FaultPoint> = Set(placing + working)

    /// While a bet is placed; with `commitSent` in their midst.
    static let placing: [FaultPoint] = [
        .walletsLocked, .entriesWritten, .moneyCommitDue, .moneyCommitted,
    ]
    /// While a worker matches, settles, refunds and publishes.
    static let working: [FaultPoint] = [
        .jobsClaimed, .matchesWritten, .walletsLocked, .matchesClosed, .remainderTaken,
        .entriesWritten, .moneyCommitDue, .moneyCommitted, .outboxPublished,
    ]
}

/// Rounds with bets of eight users, made by the test itself.
final class MoneyRun {
    private static let users: ClosedRange<Int64> = 1...8

    let engine: Engine
    private let store: LedgerStore
    private var rounds = 0
    private var bets: UInt64 = 0

    init(_ engine: Engine) throws {
        self.engine = engine
        var configuration = LedgerStore.configuration(
            url: engine.address(of: "postgres"),
            applicationName: "test"
        )
        configuration.statementTimeoutMilliseconds = 30_000
        configuration.lockTimeoutMilliseconds = 20_000
        store = LedgerStore(try PostgresConnection(configuration))
        for number in Self.users {
            guard let user = UserID(number) else { continue }
            let amount = Money(units: 1_000_000 * Money.unitsPerWhole)
            _ = try store.deposit(amount, to: user, key: "start \(number)")
        }
    }

    /// The same after the server was away.
    func reconnected() throws -> MoneyRun {
        let run = try MoneyRun(engine)
        (run.rounds, run.bets) = (rounds, bets)
        return run
    }

    /// A new round that takes bets.
    func open() throws -> Identifier {
        rounds += 1
        guard let round = Identifier("fault-\(rounds)") else { throw FixtureError("no round") }
        _ = try store.createRound(round)
        return round
    }

    /// Bets of all users on both sides, with a remainder on one.
    func placeBets(in round: Identifier) throws {
        var placements: [Placement] = []
        for number in Self.users {
            bets += 1
            guard let user = UserID(number), let id = BetID(high: 0xb, low: bets) else { continue }
            placements.append(
                Placement(
                    betID: id,
                    user: user,
                    round: round,
                    side: number % 2 == 0 ? .a : .b,
                    stake: Money(units: (10 + number) * Money.unitsPerWhole),
                    key: IdempotencyKey(endpoint: "test", text: "\(bets)"),
                    requestHash: [1]
                )
            )
        }
        let outcomes = try store.placeBets(placements) { _, _ in StoredAnswer(status: 202, body: "")
        }
        for outcome in outcomes {
            guard case .accepted = outcome else { throw FixtureError("\(outcome)") }
        }
    }

    func resolve(_ round: Identifier, _ result: RoundResult) throws {
        guard case .changed = try store.resolveRound(round, result) else {
            throw FixtureError("\(round) was resolved before")
        }
    }

    func close(_ round: Identifier) throws { _ = try store.closeRound(round) }

    /// Waits until workers have nothing left to do.
    func settled(within timeout: Duration = .seconds(60)) async throws {
        let isSettled = try await eventually(within: timeout) {
            try self.engine.number(
                """
                SELECT (SELECT count(*) FROM jobs) + (SELECT count(*) FROM bet_outbox)
                    + (SELECT count(*) FROM rounds
                        WHERE state = 'RESOLVED' AND settled_at IS NULL)
                """
            ) == 0
        }
        guard isSettled else {
            let jobs = try engine.rows(
                "SELECT kind, state, count(*), min(last_error) FROM jobs GROUP BY 1, 2"
            )
            throw FixtureError("not settled: \(jobs)")
        }
    }
}
