package import Betting

/// What has become of a stake so far: stake = remaining + matched + refunded, at every moment.
package struct StakeParts: Hashable, Sendable {
    package let stake: Money
    /// Still open for an opponent.
    package private(set) var remaining: Money
    /// In matches that are not void.
    package private(set) var matched = Money.zero
    /// Paid back: never matched, or of a match that is void.
    package private(set) var refunded = Money.zero
    /// Of the matched part: won or lost for good.
    package private(set) var settled = Money.zero

    /// A bet that was just placed. Nil unless the stake is above 0.
    package init?(stake: Money) {
        guard stake > .zero else { return nil }
        self.stake = stake
        remaining = stake
    }

    /// Nil when the parts are not the stake's.
    package init?(stake: Money, remaining: Money, matched: Money, refunded: Money, settled: Money) {
        let parts = [remaining, matched, refunded, settled]
        let sum = [remaining, matched, refunded].reduce(into: MoneySum.zero) { $0 += $1 }
        guard stake > .zero, parts.allSatisfy({ $0 >= .zero }), sum == MoneySum(stake),
            settled <= matched
        else { return nil }
        self.stake = stake
        self.remaining = remaining
        self.matched = matched
        self.refunded = refunded
        self.settled = settled
    }

    package var state: BetState {
        if remaining > .zero { return matched > .zero ? .partlyMatched : .open }
        if matched == .zero { return .refunded }
        return settled < matched ? .matched : .settled
    }

    /// What the user's wallet has locked for it.
    package var locked: MoneySum {
        MoneySum(remaining) + MoneySum(matched) - MoneySum(settled)
    }

    /// Moves a part from open to matched.
    ///
    /// - Throws: `illegal` unless there is so much open, and more than 0 is asked for.
    package mutating func match(_ amount: Money) throws(StakeError) {
        try move(amount, from: \.remaining, to: \.matched)
    }

    /// Pays all that is open back; once it is 0, it stays so.
    ///
    /// - Throws: `illegal` when nothing is open.
    package mutating func refundRemaining() throws(StakeError) {
        try move(remaining, from: \.remaining, to: \.refunded)
    }

    /// Pays a matched part back, because its match is void.
    ///
    /// - Throws: `illegal` unless so much is matched and not settled.
    package mutating func void(_ amount: Money) throws(StakeError) {
        guard MoneySum(amount) <= MoneySum(matched) - MoneySum(settled) else { throw .illegal }
        try move(amount, from: \.matched, to: \.refunded)
    }

    /// A matched part was won or lost.
    ///
    /// - Throws: `illegal` unless so much is matched and not settled.
    package mutating func settle(_ amount: Money) throws(StakeError) {
        guard amount > .zero, MoneySum(amount) <= MoneySum(matched) - MoneySum(settled) else {
            throw .illegal
        }
        settled = Money(units: settled.units + amount.units)
    }

    private mutating func move(
        _ amount: Money,
        from source: WritableKeyPath<StakeParts, Money>,
        to target: WritableKeyPath<StakeParts, Money>
    ) throws(StakeError) {
        guard amount > .zero, amount <= self[keyPath: source] else { throw .illegal }
        // Neither can overflow: their sum stays the stake's.
        self[keyPath: source] = Money(units: self[keyPath: source].units - amount.units)
        self[keyPath: target] = Money(units: self[keyPath: target].units + amount.units)
    }
}

/// Why a stake cannot be changed so.
package enum StakeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The part that was asked for is not there.
    case illegal

    package var description: String { "a part of a stake that is not there" }
}
