/// What the projection says of one game at one moment.
package struct GameOdds: Sendable, Equatable {
    /// The bets that moved the odds.
    package var updates: Int64
    /// Staked by selection, in units of 10^-8.
    package var pools: [String: Int128]
    /// The game has no counters any more: what it has staked is known to Postgres alone.
    package var isRetired = false

    /// A game without bets, or with the figures given.
    package init(updates: Int64 = 0, pools: [String: Int128] = [:]) {
        self.updates = updates
        self.pools = pools
    }

    /// Each selection's odds; a selection nobody has staked on has none.
    package func odds(marginMillionths: Int64 = Odds.defaultMarginMillionths) -> [String: Odds] {
        let total = pools.values.reduce(0, +)
        return pools.compactMapValues { staked in
            Odds(staked: staked, ofTotal: total, marginMillionths: marginMillionths)
        }
    }
}
