package import Betting
import FaultPoints
package import Jobs
import Ledger
package import PostgresClient

extension LedgerStore {
    /// Open bets of each side that are looked at first.
    private static let windowMin = 500
    /// Transactions of one `matchAll`: a second or two.
    private static let transactionsMax = 40

    /// What one transaction of matching did.
    package struct Matching: Hashable, Sendable {
        package let matchCount: Int
        /// Nothing is left that could be matched with what was there: what came since has a job.
        package let isExhausted: Bool
    }

    /// Matches open bets of a round, first come, first served, in one transaction. One at a time
    /// does it for a round: others wait.
    ///
    /// - Parameters:
    ///   - jobs: of the kind `match` and of this round. They end with the transaction if it leaves
    ///     nothing to match, and stay the caller's otherwise.
    ///   - windowMax: open bets of each side that are looked at, at most.
    package func matchRound(
        _ round: Identifier,
        ending jobs: [JobClaim] = [],
        windowMax: Int = 32_000
    ) throws(PostgresError) -> Matching {
        try transaction(begin: RoundGate.beginMatching(round)) { () throws(PostgresError) in
            let matching = try matchOpenBets(of: round, windowMax)
            if matching.isExhausted { _ = try JobQueue(connection).finish(jobs) }
            return matching
        }
    }

    private func matchOpenBets(
        of round: Identifier,
        _ windowMax: Int
    ) throws(PostgresError) -> Matching {
        guard let state = try self.round(round)?.state, state.allowsMatching else {
            return Matching(matchCount: 0, isExhausted: true)
        }
        var window = Self.windowMin
        while true {
            var sideA = try openBets(round, .a, window)
            var sideB = try openBets(round, .b, window)
            let isWhole = sideA.count < window && sideB.count < window
            var chosen = FIFOMatching.match(sideA, sideB)
            // A window may hold nothing but bets of one user on both sides.
            if chosen.isEmpty, !isWhole, !sideA.isEmpty, !sideB.isEmpty, window < windowMax {
                window *= 4
                continue
            }
            if chosen.isEmpty, !isWhole, let user = Self.onlyUser(sideA + sideB) {
                // One who holds all places at the front of both sides.
                sideA += try openBets(round, .a, Self.windowMin, besides: user)
                sideB += try openBets(round, .b, Self.windowMin, besides: user)
                chosen = FIFOMatching.match(sideA, sideB)
            }
            let made = try write(chosen, sideA, sideB, of: round)
            let isUsedUp =
                sideA.count < window && chosen.useUp(sideA)
                || sideB.count < window && chosen.useUp(sideB)
            return Matching(
                matchCount: made.count,
                isExhausted: made == chosen && (isWhole || isUsedUp || chosen.isEmpty)
            )
        }
    }

    /// Matches what can be matched, in up to `transactionsMax` transactions.
    package func match(
        _ round: Identifier,
        transactionsMax: Int
    ) throws(PostgresError) -> Matching {
        var count = 0
        for _ in 0..<transactionsMax {
            let matching = try matchRound(round)
            count += matching.matchCount
            if matching.isExhausted { return Matching(matchCount: count, isExhausted: true) }
        }
        return Matching(matchCount: count, isExhausted: false)
    }

    /// Matches all that can be matched.
    ///
    /// - Returns: how many matches were made.
    /// - Throws: kind `retry` also when there is more than one call should take: it goes on where
    ///   this one ended.
    @discardableResult
    package func matchAll(_ round: Identifier) throws(PostgresError) -> Int {
        let matching = try match(round, transactionsMax: Self.transactionsMax)
        guard matching.isExhausted else {
            throw .tryAgain("very many bets of the round still wait for their match")
        }
        return matching.matchCount
    }

    /// The user of all these bets, nil if there are several.
    private static func onlyUser(_ bets: [OpenBet]) -> UserID? {
        guard let user = bets.first?.user, bets.allSatisfy({ $0.user == user }) else { return nil }
        return user
    }

    private static let openStatement: Statement = """
        SELECT id, user_id, number, remaining FROM placed_bets
        WHERE round_id = $1 AND side = $2 AND remaining > 0 ORDER BY number LIMIT $3
        """

    private static let openOfOthersStatement: Statement = """
        SELECT id, user_id, number, remaining FROM placed_bets
        WHERE round_id = $1 AND side = $2 AND remaining > 0 AND user_id <> $4
        ORDER BY number LIMIT $3
        """

    /// Not locked: what is chosen is locked and looked at again.
    private func openBets(
        _ round: Identifier,
        _ side: Side,
        _ limit: Int,
        besides user: UserID? = nil
    ) throws(PostgresError) -> [OpenBet] {
        let which: [PostgresValue] = [
            .text(round.description), .text(side.rawValue), .int64(Int64(limit)),
        ]
        let rows =
            if let user {
                try connection.query(Self.openOfOthersStatement, which + [.int64(user.rawValue)])
            } else {
                try connection.query(Self.openStatement, which)
            }
        var bets: [OpenBet] = []
        bets.reserveCapacity(rows.rowCount)
        for row in 0..<rows.rowCount {
            bets.append(
                OpenBet(
                    id: try rows.betID(row, 0),
                    user: try rows.user(row, 1),
                    number: try rows.int64(row, 2),
                    remaining: try rows.money(row, 3)
                )
            )
        }
        return bets
    }

    // The 0 is a parameter, as the state is in `settle`.
    private static let lockStatement: Statement = """
        SELECT id, remaining FROM placed_bets WHERE id = ANY ($1::uuid[]) AND remaining > $2::numeric
        ORDER BY number FOR NO KEY UPDATE
        """

    private static let matchStatement: Statement = """
        WITH m AS MATERIALIZED (
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::numeric[])
            AS m (id, bet_a, bet_b, amount)),
        made AS (
            INSERT INTO matches (id, bet_a, bet_b, amount, round_id)
            SELECT id, bet_a, bet_b, amount, $5 FROM m),
        parts AS MATERIALIZED (
            SELECT bet, sum(amount) AS amount FROM (
                SELECT bet_a AS bet, amount FROM m UNION ALL SELECT bet_b, amount FROM m) AS p
            GROUP BY bet)
        UPDATE placed_bets b SET remaining = b.remaining - p.amount,
            matched = b.matched + p.amount
        FROM parts p WHERE b.id = p.bet AND b.remaining >= p.amount
        """

    /// Locks the bets that were chosen and matches them by what is open of them now: some may have
    /// been refunded since they were chosen.
    private func write(
        _ chosen: [MatchedPair],
        _ sideA: [OpenBet],
        _ sideB: [OpenBet],
        of round: Identifier
    ) throws(PostgresError) -> [MatchedPair] {
        guard !chosen.isEmpty else { return [] }
        let bets = Set(chosen.map(\.betA) + chosen.map(\.betB))
        let rows = try connection.query(
            Self.lockStatement,
            [.uuidArray(bets.map { ($0.high, $0.low) }), .int64(0)]
        )
        var open: [BetID: Money] = [:]
        for row in 0..<rows.rowCount { open[try rows.betID(row, 0)] = try rows.money(row, 1) }
        let pairs = FIFOMatching.match(sideA.locked(open), sideB.locked(open))
        guard !pairs.isEmpty else { return [] }
        let ids = pairs.map { _ in MatchID.random() }
        let changed = try connection.query(
            Self.matchStatement,
            [
                .uuidArray(ids.map { ($0.uuid.high, $0.uuid.low) }),
                .uuidArray(pairs.map { ($0.betA.high, $0.betA.low) }),
                .uuidArray(pairs.map { ($0.betB.high, $0.betB.low) }),
                .numericArray(pairs.map { Int128($0.amount.units) }, scale: Money.scale),
                .text(round.description),
            ]
        )
        guard changed.affectedRows == Set(pairs.map(\.betA) + pairs.map(\.betB)).count else {
            throw .stop("a bet changed under its lock")
        }
        FaultPoint.matchesWritten.reach()
        return pairs
    }
}

extension [MatchedPair] {
    /// Whether nothing of these bets of one side is left.
    fileprivate func useUp(_ side: [OpenBet]) -> Bool {
        let open = side.reduce(Int128(0)) { $0 + Int128($1.remaining.units) }
        return open == reduce(Int128(0)) { $0 + Int128($1.amount.units) }
    }
}

extension [OpenBet] {
    /// Those that are locked, with what is open of them now.
    fileprivate func locked(_ open: [BetID: Money]) -> [OpenBet] {
        compactMap { bet in
            open[bet.id].map {
                OpenBet(id: bet.id, user: bet.user, number: bet.number, remaining: $0)
            }
        }
    }
}
