package import Betting
import FaultPoints
package import Jobs
package import Ledger
package import PostgresClient

/// What became of a user's wish to take back what is open of a bet.
package enum CancelOutcome: Hashable, Sendable {
    /// It is back in the wallet, which has `balance` now.
    case refunded(PlacedBet, amount: Money, balance: MoneySum)
    /// Nothing of the bet was open.
    case nothingOpen(PlacedBet)
    /// There is no such bet, or it is another user's.
    case unknown
}

extension LedgerStore {
    /// What one transaction of refunding did.
    package struct Refund: Hashable, Sendable {
        package var betCount = 0
        package var paid = MoneySum.zero

        package init() {}
    }

    /// Pays back what is open of bets, in one transaction: each once, whoever asks and however often.
    ///
    /// - Parameter jobs: of the kind `refund`; they end with the transaction. Those that somebody
    ///   else has taken over are left alone.
    package func refund(_ jobs: [JobClaim]) throws(PostgresError) -> Refund {
        try transaction { () throws(PostgresError) in
            let own = try JobQueue(connection).finish(jobs)
            guard !own.isEmpty else { return Refund() }
            let owners = try owners(of: own.map(\.subject))
            var wallets = try WalletChanges(Set(owners.values), on: connection)
            var refund = Refund()
            for (_, amount) in try payBack(Array(owners.keys), owners, &wallets) {
                refund.betCount += 1
                refund.paid += amount
            }
            return refund
        }
    }

    /// Pays back what is open of one bet, because its user asks for it.
    ///
    /// In a round that takes no bets any more, those that wait for their match are matched first:
    /// the user may know by then how it ends.
    package func cancelBet(_ id: BetID, of user: UserID) throws(PostgresError) -> CancelOutcome {
        guard let bet = try bet(id, of: user) else { return .unknown }
        if try round(bet.round)?.state == .closed { try matchAll(bet.round) }
        return try transaction { () throws(PostgresError) in
            var wallets = try WalletChanges([user], on: connection)
            let refunds = try payBack([id], [id: user], &wallets)
            guard let bet = try self.bet(id, of: user) else { return .unknown }
            guard let amount = refunds[id] else { return .nothingOpen(bet) }
            return .refunded(bet, amount: amount, balance: wallets.balance(user))
        }
    }

    private static let ownersStatement: Statement =
        "SELECT id, user_id FROM placed_bets WHERE id = ANY ($1::uuid[])"

    private func owners(of bets: [BetID]) throws(PostgresError) -> [BetID: UserID] {
        let rows = try connection.query(
            Self.ownersStatement,
            [.uuidArray(bets.map { ($0.high, $0.low) })]
        )
        var owners: [BetID: UserID] = [:]
        for row in 0..<rows.rowCount { owners[try rows.betID(row, 0)] = try rows.user(row, 1) }
        return owners
    }

    /// Columns of `b` alone: when somebody changed the bet meanwhile, Postgres checks the constraints
    /// once with the row as it was before, and only then looks at what it locked.
    ///
    /// The 0 is a parameter, as the state is in `settle`.
    private static let refundStatement: Statement = """
        WITH open AS MATERIALIZED (
            SELECT id, remaining FROM placed_bets
            WHERE id = ANY ($1::uuid[]) AND remaining > $2::numeric
            ORDER BY number FOR NO KEY UPDATE)
        UPDATE placed_bets b SET refunded = b.refunded + b.remaining, remaining = 0
        FROM open WHERE b.id = open.id RETURNING b.id, open.remaining
        """

    /// Takes what is open off the bets, and pays it back. The wallets of `owners` are locked.
    ///
    /// - Returns: what was open of each bet that had something open.
    private func payBack(
        _ bets: [BetID],
        _ owners: [BetID: UserID],
        _ wallets: inout WalletChanges
    ) throws(PostgresError) -> [BetID: Money] {
        let rows = try connection.query(
            Self.refundStatement,
            [.uuidArray(bets.map { ($0.high, $0.low) }), .int64(0)]
        )
        FaultPoint.remainderTaken.reach()
        var refunds: [BetID: Money] = [:]
        for row in 0..<rows.rowCount {
            let (bet, amount) = (try rows.betID(row, 0), try rows.money(row, 1))
            guard let owner = owners[bet] else { throw .stop("a refunded bet without an owner") }
            refunds[bet] = amount
            try wallets.add(
                .refund(bet, amount, to: owner),
                locked: [(owner, .zero - MoneySum(amount))]
            )
        }
        _ = try wallets.write()
        return refunds
    }
}
