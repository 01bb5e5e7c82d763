package import Betting
import FaultPoints
package import Jobs
import Ledger
package import PostgresClient

extension LedgerStore {
    /// What one transaction of settling did.
    package struct Settlement: Hashable, Sendable {
        /// Matches whose winner has both parts.
        package var settledCount = 0
        /// Matches whose users have their parts back.
        package var voidCount = 0
        /// All that was paid to wallets.
        package var paid = MoneySum.zero

        package init() {}
    }

    /// Pays out matches of rounds that have their result, in one transaction: each once, whoever
    /// asks and however often.
    ///
    /// - Parameter jobs: of the kind `settle`; they end with the transaction. Those that somebody
    ///   else has taken over are left alone.
    /// - Throws: kind `stop` when a match's round has no result.
    package func settle(_ jobs: [JobClaim]) throws(PostgresError) -> Settlement {
        try transaction { () throws(PostgresError) in
            let own = try JobQueue(connection).finish(jobs)
            guard !own.isEmpty else { return Settlement() }
            let matches = try resolvedMatches(own.map(\.subject))
            var wallets = try WalletChanges(
                matches.flatMap { [$0.userA, $0.userB] },
                on: connection
            )
            // First the state, with what was open only; then the money.
            let open = try closeMatches(matches)
            guard !open.isEmpty else { return Settlement() }
            let settlement = try pay(open, &wallets)
            try settleBets(open)
            _ = try wallets.write()
            return settlement
        }
    }

    // The state is a parameter: where it is a constant, a plan made while the table is empty reads the
    // index of open matches, all of it.
    private static let matchesStatement: Statement = """
        SELECT m.id, m.amount, m.bet_a, m.bet_b, a.user_id, b.user_id, r.winner
        FROM matches m JOIN placed_bets a ON a.id = m.bet_a JOIN placed_bets b ON b.id = m.bet_b
        JOIN rounds r ON r.id = m.round_id
        WHERE m.id = ANY ($1::uuid[]) AND m.state = $2
        """

    private func resolvedMatches(_ ids: [BetID]) throws(PostgresError) -> [ResolvedMatch] {
        let rows = try connection.query(
            Self.matchesStatement,
            [.uuidArray(ids.map { ($0.high, $0.low) }), .text(MatchState.open.rawValue)]
        )
        var matches: [ResolvedMatch] = []
        for row in 0..<rows.rowCount {
            let winner = try rows.optionalString(row, 6)
            guard let result = winner.flatMap(RoundResult.init) else {
                throw .stop("a match is to be settled whose round has no result")
            }
            matches.append(
                ResolvedMatch(
                    id: MatchID(uuid: try rows.betID(row, 0)),
                    amount: try rows.money(row, 1),
                    betA: try rows.betID(row, 2),
                    betB: try rows.betID(row, 3),
                    userA: try rows.user(row, 4),
                    userB: try rows.user(row, 5),
                    result: result
                )
            )
        }
        return matches
    }

    private static let closeMatchesStatement: Statement = """
        UPDATE matches m SET state = c.state, winner = nullif(c.winner, 'void'), settled_at = now()
        FROM unnest($1::uuid[], $2::text[], $3::text[]) AS c (id, state, winner)
        WHERE m.id = c.id AND m.state = $4 RETURNING m.id
        """

    /// Returns those that were open until now.
    private func closeMatches(
        _ matches: [ResolvedMatch]
    ) throws(PostgresError) -> [ResolvedMatch] {
        guard !matches.isEmpty else { return [] }
        let rows = try connection.query(
            Self.closeMatchesStatement,
            [
                .uuidArray(matches.map { ($0.id.uuid.high, $0.id.uuid.low) }),
                .textArray(matches.map { MatchState(result: $0.result).rawValue }),
                .textArray(matches.map(\.result.rawValue)), .text(MatchState.open.rawValue),
            ]
        )
        var closed: Set<BetID> = []
        for row in 0..<rows.rowCount { closed.insert(try rows.betID(row, 0)) }
        FaultPoint.matchesClosed.reach()
        return matches.filter { closed.contains($0.id.uuid) }
    }

    private func pay(
        _ matches: [ResolvedMatch],
        _ wallets: inout WalletChanges
    ) throws(PostgresError) -> Settlement {
        var settlement = Settlement()
        for match in matches {
            let part = MoneySum(match.amount)
            let locked = [(match.userA, .zero - part), (match.userB, .zero - part)]
            settlement.paid += part + part
            if let winner = match.winner {
                settlement.settledCount += 1
                try wallets.add(
                    .settlement(match.id, match.amount, winner: winner),
                    locked: locked
                )
            } else {
                settlement.voidCount += 1
                try wallets.add(.void(match.id, .a, match.amount, to: match.userA), locked: locked)
                try wallets.add(.void(match.id, .b, match.amount, to: match.userB))
            }
        }
        return settlement
    }

    private static let settleBetsStatement: Statement = """
        WITH p AS MATERIALIZED (
            SELECT id, sum(settled) AS settled, sum(void) AS void
            FROM unnest($1::uuid[], $2::numeric[], $3::numeric[]) AS p (id, settled, void)
            GROUP BY id)
        UPDATE placed_bets b SET settled = b.settled + p.settled, matched = b.matched - p.void,
            refunded = b.refunded + p.void
        FROM p WHERE b.id = p.id
        """

    private func settleBets(_ matches: [ResolvedMatch]) throws(PostgresError) {
        let bets = matches.flatMap { [$0.betA, $0.betB] }
        let amounts = matches.flatMap { match in
            Array(repeating: (Int128(match.amount.units), match.winner != nil), count: 2)
        }
        _ = try connection.query(
            Self.settleBetsStatement,
            [
                .uuidArray(bets.map { ($0.high, $0.low) }),
                .numericArray(amounts.map { $0.1 ? $0.0 : 0 }, scale: Money.scale),
                .numericArray(amounts.map { $0.1 ? 0 : $0.0 }, scale: Money.scale),
            ]
        )
    }
}

/// A match whose round has its result.
private struct ResolvedMatch {
    let id: MatchID
    /// What each side has in it.
    let amount: Money
    let betA: BetID
    let betB: BetID
    let userA: UserID
    let userB: UserID
    let result: RoundResult

    /// Nil when nobody has won.
    var winner: UserID? {
        switch result.winner {
        case .a: userA
        case .b: userB
        case nil: nil
        }
    }
}
