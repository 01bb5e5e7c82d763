package import Betting

/// What a stake is on: a selection of a game.
package struct Market: Hashable, Sendable {
    package let gameID: Identifier
    package let selection: Identifier

    package init(gameID: Identifier, selection: Identifier) {
        self.gameID = gameID
        self.selection = selection
    }
}

extension Bet {
    /// The market the stake belongs to.
    package var market: Market { Market(gameID: gameID, selection: selection) }
}
