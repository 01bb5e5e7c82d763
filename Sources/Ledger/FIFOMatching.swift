import Betting

/// Matches bets of one round first come, first served.
///
/// Each bet on side A, oldest first, takes the oldest bets on side B that are another user's, the
/// smaller amount each time, until nothing of it is left. Time is linear but for users who bet on
/// both sides: their own bets are passed over once each.
package enum FIFOMatching {
    /// - Parameters:
    ///   - sideA: open bets on A, oldest first.
    ///   - sideB: open bets on B, oldest first.
    /// - Returns: matches in the order they were made.
    package static func match(_ sideA: [OpenBet], _ sideB: [OpenBet]) -> [MatchedPair] {
        var pairs: [MatchedPair] = []
        var left = sideB.map(\.remaining)
        /// Everything before it is used up.
        var firstOpen = 0
        /// Everything before it is used up or the user's own.
        var firstForUser: [UserID: Int] = [:]
        for bet in sideA {
            var wanted = bet.remaining
            var index = max(firstOpen, firstForUser[bet.user] ?? 0)
            while wanted > .zero, index < sideB.count {
                guard left[index] > .zero, sideB[index].user != bet.user else {
                    index += 1
                    continue
                }
                let amount = min(wanted, left[index])
                pairs.append(MatchedPair(betA: bet.id, betB: sideB[index].id, amount: amount))
                wanted = Money(units: wanted.units - amount.units)
                left[index] = Money(units: left[index].units - amount.units)
            }
            firstForUser[bet.user] = index
            while firstOpen < sideB.count, left[firstOpen] == .zero { firstOpen += 1 }
        }
        return pairs
    }
}
