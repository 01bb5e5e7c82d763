package import Betting

/// What becomes of each placement of a group, given what the database has: decided in the order of
/// the group, as if they had come one after the other.
package struct PlacementPlan: Sendable {
    /// What was read under the locks.
    package struct Known: Sendable {
        package var balances: [UserID: MoneySum] = [:]
        package var rounds: [Identifier: RoundState] = [:]
        package var answers: [KeyOwner: Answered] = [:]
        /// Bets that are there already, whether their key is known or not.
        package var placed: Set<BetID> = []

        package init() {}
    }

    /// A key and whose it is.
    package struct KeyOwner: Hashable, Sendable {
        package let user: UserID
        package let key: IdempotencyKey

        package init(user: UserID, key: IdempotencyKey) {
            self.user = user
            self.key = key
        }
    }

    /// What a key stands for.
    package struct Answered: Sendable {
        package let requestHash: [UInt8]
        package let answer: StoredAnswer

        package init(requestHash: [UInt8], answer: StoredAnswer) {
            self.requestHash = requestHash
            self.answer = answer
        }
    }

    /// A placement to be written.
    package struct Accepted: Sendable {
        package let placement: Placement
        package let answer: StoredAnswer
    }

    /// Why a bet is refused that is there already while its key is not: its answer is not known.
    package static let placedBefore = "placed before, and its key is forgotten"

    /// One for each placement, in the group's order.
    package private(set) var outcomes: [PlacementOutcome] = []
    package private(set) var accepted: [Accepted] = []

    /// - Parameter answer: makes the answer to keep from the balance that is left.
    package init(
        _ placements: [Placement],
        _ known: Known,
        answer: (Placement, MoneySum) -> StoredAnswer
    ) {
        var known = known
        outcomes.reserveCapacity(placements.count)
        for placement in placements {
            let owner = KeyOwner(user: placement.user, key: placement.key)
            if let before = known.answers[owner] {
                let isSame = before.requestHash == placement.requestHash
                outcomes.append(isSame ? .replayed(before.answer) : .keyConflict)
                continue
            }
            let balance = known.balances[placement.user] ?? .zero
            let rest = balance - MoneySum(placement.stake)
            if let refusal = Self.refusal(of: placement, known, rest: rest, balance: balance) {
                outcomes.append(refusal)
                continue
            }
            let answer = answer(placement, rest)
            known.balances[placement.user] = rest
            known.answers[owner] = Answered(requestHash: placement.requestHash, answer: answer)
            outcomes.append(.accepted(balance: rest))
            accepted.append(Accepted(placement: placement, answer: answer))
        }
    }

    private static func refusal(
        of placement: Placement,
        _ known: Known,
        rest: MoneySum,
        balance: MoneySum
    ) -> PlacementOutcome? {
        guard !known.placed.contains(placement.betID) else { return .refused(placedBefore) }
        guard placement.stake > .zero else { return .refused("a stake that is not above 0") }
        switch known.rounds[placement.round] {
        case nil: return .roundUnknown
        case .closed, .resolved: return .roundClosed
        case .open: return rest < .zero ? .insufficient(balance: balance) : nil
        }
    }
}
