package import BetStore

/// One of the busiest games, as the dashboard shows it.
package struct BusyGame: Sendable, Equatable {
    /// Games that are shown.
    package static let gamesMax = 12
    /// Selections of a game that are shown, those with the highest stakes.
    package static let selectionsMax = 8
    /// A game with more selections is not read from Redis: its pool is one reply.
    package static let poolSelectionsMax = 1_000

    /// What is staked on one selection.
    package struct Stake: Sendable, Equatable {
        package let selection: String
        /// In 10⁻⁸.
        package let units: Int128

        package init(selection: String, units: Int128) {
            self.selection = selection
            self.units = units
        }
    }

    package let gameID: String
    package var bets: Int64
    /// On all selections, in 10⁻⁸.
    package var stakedUnits: Int128
    /// The highest first, at most `selectionsMax`.
    package var stakes: [Stake]
    /// Selections the game has.
    package var selectionCount: Int

    package init(
        gameID: String,
        bets: Int64,
        stakedUnits: Int128,
        stakes: [Stake],
        selectionCount: Int
    ) {
        self.gameID = gameID
        self.bets = bets
        self.stakedUnits = stakedUnits
        self.stakes = stakes
        self.selectionCount = selectionCount
    }

    /// As Redis has it, which is newer than what Postgres was asked for seconds ago.
    package init(gameID: String, _ odds: GameOdds) {
        let stakes = odds.pools.map { Stake(selection: $0.key, units: $0.value) }.sorted {
            ($1.units, $0.selection) < ($0.units, $1.selection)
        }
        self.init(
            gameID: gameID,
            bets: odds.updates,
            stakedUnits: stakes.reduce(0) { $0 + $1.units },
            stakes: Array(stakes.prefix(Self.selectionsMax)),
            selectionCount: stakes.count
        )
    }

    package var market: [(stake: Stake, odds: Odds)] {
        stakes.compactMap { stake in
            Odds(staked: stake.units, ofTotal: stakedUnits).map { (stake, $0) }
        }
    }
}
