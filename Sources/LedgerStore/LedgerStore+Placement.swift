package import Betting
package import Ledger
package import PostgresClient

/// Bets are placed in groups: one transaction for all that wait, so that they share its round trips
/// and its flush to the disk.
extension LedgerStore {
    /// A bet that was placed, as it is now.
    package struct EarlierBet: Hashable, Sendable {
        package let user: UserID
        package let state: BetState
        /// What the user may stake.
        package let balance: MoneySum
    }

    // A subquery a row, by the key: a plan of a join may begin with the wallets.
    private static let placedStatement: Statement = """
        SELECT id, user_id, state, (SELECT balance FROM wallets w WHERE w.user_id = b.user_id)
        FROM placed_bets b WHERE id = ANY ($1::uuid[])
        """

    /// Those of the bets that were ever placed.
    package func placed(_ ids: [BetID]) throws(PostgresError) -> [BetID: EarlierBet] {
        let rows = try connection.query(
            Self.placedStatement,
            [.uuidArray(ids.map { ($0.high, $0.low) })]
        )
        var placed: [BetID: EarlierBet] = [:]
        for row in 0..<rows.rowCount {
            guard let state = BetState(rawValue: try rows.string(row, 2)) else {
                throw .stop("a placed bet that this version does not know")
            }
            placed[try rows.betID(row, 0)] = EarlierBet(
                user: try rows.user(row, 1),
                state: state,
                balance: try rows.sum(row, 3)
            )
        }
        return placed
    }

    /// Makes the answer that is kept with a placement's key, from the balance that is left.
    package typealias AnswerMaker = (Placement, MoneySum) -> StoredAnswer

    /// Places bets, in one transaction, in the order given.
    ///
    /// What one of them is refused for costs its neighbours nothing. One that was placed before and
    /// whose key is forgotten is `refused`. An error says that nothing is known to have happened:
    /// all of them may be placed again, and those that had been placed answer `replayed`.
    ///
    /// - Returns: one outcome for each placement, in order.
    package func placeBets(
        _ placements: [Placement],
        answer: AnswerMaker
    ) throws(PostgresError) -> [PlacementOutcome] {
        guard !placements.isEmpty else { return [] }
        return try placeBets(placements, looksBack: false, answer)
    }

    /// One transaction if the database takes it. If it refuses a bet that may be there already, once
    /// more, without those that are; if it refuses another one, by halves until that one is alone.
    ///
    /// - Parameter looksBack: asks which of the bets are there already.
    private func placeBets(
        _ placements: [Placement],
        looksBack: Bool,
        _ answer: AnswerMaker
    ) throws(PostgresError) -> [PlacementOutcome] {
        do throws(PostgresError) {
            return try placeGroup(placements, looksBack: looksBack, answer)
        } catch {
            guard error.kind == .reject, !error.isConnectionLost else { throw error }
            if error.isUniqueViolation, !looksBack {
                return try placeBets(placements, looksBack: true, answer)
            }
            guard placements.count > 1 else { return [.refused("\(error)")] }
            let middle = placements.count / 2
            return try placeBets(Array(placements[..<middle]), looksBack: true, answer)
                + placeBets(Array(placements[middle...]), looksBack: true, answer)
        }
    }

    private func placeGroup(
        _ placements: [Placement],
        looksBack: Bool,
        _ answer: AnswerMaker
    ) throws(PostgresError) -> [PlacementOutcome] {
        let begin = RoundGate.beginShared(Set(placements.map(\.round)))
        return try transaction(begin: begin) { () throws(PostgresError) in
            var wallets = try WalletChanges(placements.map(\.user), on: connection)
            var known = PlacementPlan.Known()
            known.balances = wallets.before
            // Only now: keys and bets of a user are written under the user's wallet.
            try readRounds(placements, &known)
            try readAnswers(placements, &known)
            if looksBack { known.placed = Set(try placed(placements.map(\.betID)).keys) }
            let plan = PlacementPlan(placements, known, answer: answer)
            guard !plan.accepted.isEmpty else { return plan.outcomes }
            for accepted in plan.accepted {
                let placement = accepted.placement
                try wallets.add(
                    .stake(placement.betID, placement.stake, of: placement.user),
                    locked: [(placement.user, MoneySum(placement.stake))]
                )
            }
            try writeBets(plan.accepted, numbers: wallets.write())
            return plan.outcomes
        }
    }

    private static let roundsStatement: Statement =
        "SELECT id, state FROM rounds WHERE id = ANY ($1::text[])"

    private func readRounds(
        _ placements: [Placement],
        _ known: inout PlacementPlan.Known
    ) throws(PostgresError) {
        let ids = Set(placements.map(\.round)).map(\.description)
        let rows = try connection.query(Self.roundsStatement, [.textArray(ids)])
        for row in 0..<rows.rowCount {
            guard let id = Identifier(try rows.string(row, 0)),
                let state = RoundState(rawValue: try rows.string(row, 1))
            else { throw .stop("a round that this version does not know") }
            known.rounds[id] = state
        }
    }

    private static let answersStatement: Statement = """
        SELECT k.ord, i.request_hash, i.status, i.body
        FROM unnest($1::bigint[], $2::text[], $3::text[])
            WITH ORDINALITY AS k (user_id, endpoint, key, ord)
        JOIN idempotency_keys i USING (user_id, endpoint, key)
        """

    private func readAnswers(
        _ placements: [Placement],
        _ known: inout PlacementPlan.Known
    ) throws(PostgresError) {
        let rows = try connection.query(
            Self.answersStatement,
            [
                .int64Array(placements.map(\.user.rawValue)),
                .textArray(placements.map(\.key.endpoint)), .textArray(placements.map(\.key.text)),
            ]
        )
        for row in 0..<rows.rowCount {
            let placement = placements[Int(try rows.int64(row, 0)) - 1]
            let owner = PlacementPlan.KeyOwner(user: placement.user, key: placement.key)
            known.answers[owner] = PlacementPlan.Answered(
                requestHash: try rows.bytes(row, 1),
                answer: StoredAnswer(
                    status: Int(try rows.int64(row, 2)),
                    body: try rows.string(row, 3)
                )
            )
        }
    }

    private static let betsStatement: Statement = """
        WITH p AS MATERIALIZED (
            SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::text[],
                $6::numeric[], $7::text[], $8::text[], $9::bytea[], $10::bigint[], $11::text[])
            AS p (id, number, user_id, round_id, side, stake, endpoint, key, hash, status, body)),
        bets AS (
            INSERT INTO placed_bets (id, number, user_id, round_id, side, stake, remaining)
            SELECT id, number, user_id, round_id, side, stake, stake FROM p),
        outbox AS (
            INSERT INTO bet_outbox (number, bet_id) SELECT number, id FROM p),
        new_jobs AS (
            INSERT INTO jobs (kind, subject, round_id) SELECT 'match', id, round_id FROM p)
        INSERT INTO idempotency_keys (user_id, endpoint, key, request_hash, status, body)
        SELECT user_id, endpoint, key, hash, status, body FROM p
        """

    /// Writes the bets and what comes with them: their job, their message, their answer.
    ///
    /// - Parameter numbers: the ledger transactions of the stakes.
    private func writeBets(
        _ accepted: [PlacementPlan.Accepted],
        numbers: [Int64]
    ) throws(PostgresError) {
        let placements = accepted.map(\.placement)
        _ = try connection.query(
            Self.betsStatement,
            [
                .uuidArray(placements.map { ($0.betID.high, $0.betID.low) }),
                .int64Array(numbers), .int64Array(placements.map(\.user.rawValue)),
                .textArray(placements.map(\.round.description)),
                .textArray(placements.map(\.side.rawValue)),
                .numericArray(placements.map { Int128($0.stake.units) }, scale: Money.scale),
                .textArray(placements.map(\.key.endpoint)), .textArray(placements.map(\.key.text)),
                .optionalBytesArray(placements.map(\.requestHash)),
                .int64Array(accepted.map { Int64($0.answer.status) }),
                .textArray(accepted.map(\.answer.body)),
            ]
        )
    }
}
