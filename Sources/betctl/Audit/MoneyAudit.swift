import Betting
import Glibc
import PostgresClient

/// The invariants of the money. All but the last are checked in one snapshot.
struct MoneyAudit {
    private static let pollMicroseconds: UInt32 = 200_000

    let postgres: PostgresConnection

    /// One thing that must not be there.
    struct Question {
        let problem: String
        /// Answers how many there are.
        let sql: String
    }

    /// What the tables say about themselves.
    func checkTables() throws -> [AuditCheck] {
        var checks: [AuditCheck] = []
        for (invariant, questions) in Self.questions {
            var problems: [String] = []
            for question in questions {
                let count = try count(question.sql)
                if count > 0 { problems.append("\(count) \(question.problem)") }
            }
            checks.append(invariant.check(problems: problems, else: try summary(invariant)))
        }
        checks.append(try balance())
        return checks
    }

    private func summary(_ invariant: Invariant) throws -> String {
        switch invariant {
        case .doubleEntry:
            "\(try count("SELECT count(*) FROM ledger_transactions")) transactions"
        case .balances, .neverNegative, .locked:
            "\(try count("SELECT count(*) FROM wallets")) wallets"
        case .paidOnce: "\(try count("SELECT count(*) FROM matches")) matches"
        case .states, .debited: "\(try count("SELECT count(*) FROM placed_bets")) bets"
        case .settledRounds: "\(try count("SELECT count(*) FROM rounds")) rounds"
        case .idempotency: "\(try count("SELECT count(*) FROM idempotency_keys")) keys"
        case .outbox: "\(try count("SELECT count(*) FROM bet_outbox")) wait"
        default: ""
        }
    }

    /// I22: what came in is what is there.
    private func balance() throws -> AuditCheck {
        let row = try postgres.query(Statement(Self.accounts))
        let sums = try (0..<4).map { MoneySum(units: try row.numeric(0, $0)) }
        let (deposits, wallets, stakes, house) = (sums[0], sums[1], sums[2], sums[3])
        let detail =
            "deposits \(deposits), wallets \(wallets), open stakes \(stakes), house \(house)"
        let isEven = deposits == wallets + stakes + house
        return Invariant.moneyInIsOut.check(isEven ? .ok : .violated, detail)
    }

    /// Placed bets that are neither in the outbox nor stored: their message is on its way, or lost.
    func unstored() throws -> [String] {
        let rows = try postgres.query(Statement(Self.unstoredBets))
        return try (0..<rows.rowCount).map { try rows.string($0, 0) }
    }

    /// M1: the messages of placed bets end as stored bets.
    ///
    /// - Parameters:
    ///   - unstored: what `unstored` found in the snapshot; looked for again, outside of it.
    ///   - isComplete: every message up to the cut has its outcome.
    func messages(
        unstored: [String],
        isComplete: Bool,
        until deadline: ContinuousClock.Instant
    ) throws -> AuditCheck {
        var problems: [String] = []
        let rejected = try count(Self.rejectedMessages)
        if rejected > 0 { problems.append("\(rejected) placed bets whose message was rejected") }
        let different = try count(Self.differentMessages)
        if different > 0 { problems.append("\(different) placed bets stored with other content") }
        var missing = try stillUnstored(unstored)
        while !missing.isEmpty, ContinuousClock.now < deadline {
            usleep(Self.pollMicroseconds)
            missing = try stillUnstored(missing)
        }
        if !missing.isEmpty {
            let text = "\(missing.count) published and not stored: \(missing[0])"
            guard isComplete else { return Invariant.messages.check(.undecided, text) }
            problems.append(text)
        }
        let repeated = try count(Self.repeatedMessages)
        return Invariant.messages.check(
            problems: problems,
            else: repeated == 0 ? "each once" : "\(repeated) published again after a while"
        )
    }

    private func stillUnstored(_ ids: [String]) throws -> [String] {
        guard !ids.isEmpty else { return [] }
        let rows = try postgres.query(Self.stillUnstored, [.textArray(ids)])
        return try (0..<rows.rowCount).map { try rows.string($0, 0) }
    }

    private func count(_ sql: String) throws -> Int64 {
        try postgres.query(Statement(sql)).int64(0, 0)
    }
}
