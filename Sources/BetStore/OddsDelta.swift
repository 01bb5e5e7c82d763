import Betting

/// What one batch means to the odds: which sequences of the stream have got their outcome, and what
/// each stored bet adds to the pool of its game and selection. A value without any I/O; `reset` keeps
/// its storage for the next batch.
package struct OddsDelta: Sendable {
    /// A game's selection and what the batch adds to it.
    package struct Market: Sendable, Equatable {
        /// As in the bet, 1 to 64 characters of the contract's alphabet.
        package let game: String
        /// As in the bet; `-` for a bet without one.
        package let selection: String
        /// Stored bets.
        package fileprivate(set) var bets: Int64 = 0
        /// Staked, in units of 10^-8.
        package fileprivate(set) var units: Int128 = 0
    }

    /// One sequence and its effect.
    package struct Entry: Sendable, Equatable {
        /// In the stream, from 1.
        package let sequence: Int64
        /// The place in `markets`; nil for a duplicate or a reject, which adds nothing.
        package let market: Int?
        /// Staked, in units of 10^-8.
        package let units: Int64
    }

    private struct Name: Hashable {
        let game: String
        let selection: String
    }

    /// The stream's epoch that all sequences belong to.
    package private(set) var epoch: Int64
    /// In the order they were added.
    package private(set) var entries: [Entry] = []
    /// Each game and selection once.
    package private(set) var markets: [Market] = []
    private var places: [Name: Int] = [:]

    /// An empty one.
    package init(epoch: Int64) {
        self.epoch = epoch
    }

    /// What a committed batch means. Names are looked at once a market, not once a bet.
    package init(_ result: BatchResult) throws(OddsError) {
        epoch = result.epoch
        entries.reserveCapacity(result.effects.count)
        markets = result.markets.all.map {
            Market(game: $0.gameID.description, selection: $0.selection.description)
        }
        for effect in result.effects {
            guard effect.sequence > 0, effect.amount >= .zero else { throw .outOfRange }
            if let market = effect.market {
                markets[Int(market)].bets += 1
                markets[Int(market)].units += Int128(effect.amount.units)
            }
            entries.append(
                Entry(
                    sequence: effect.sequence,
                    market: effect.market.map { Int($0) },
                    units: effect.amount.units
                )
            )
        }
    }

    /// The number of sequences.
    package var count: Int { entries.count }

    /// Whether it has no sequence.
    package var isEmpty: Bool { entries.isEmpty }

    /// Empties it for the next batch.
    package mutating func reset(epoch: Int64) {
        self.epoch = epoch
        entries.removeAll(keepingCapacity: true)
        markets.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
    }

    /// Adds a stored bet, under the sequence that its row has.
    ///
    /// - Parameter units: the stake in units of 10^-8, at least 0.
    /// - Throws: `badName`, `outOfRange`; nothing is added then.
    package mutating func add(
        sequence: Int64,
        game: String,
        selection: String,
        units: Int64
    ) throws(OddsError) {
        guard sequence > 0, units >= 0 else { throw .outOfRange }
        let place = try place(of: Name(game: game, selection: selection))
        markets[place].bets += 1
        markets[place].units += Int128(units)
        entries.append(Entry(sequence: sequence, market: place, units: units))
    }

    /// Adds a sequence whose outcome adds nothing: a duplicate or a reject.
    ///
    /// - Throws: `outOfRange`.
    package mutating func add(sequenceWithoutBet sequence: Int64) throws(OddsError) {
        guard sequence > 0 else { throw .outOfRange }
        entries.append(Entry(sequence: sequence, market: nil, units: 0))
    }

    private mutating func place(of name: Name) throws(OddsError) -> Int {
        if let known = places[name] { return known }
        guard OddsKeys.isName(name.game), OddsKeys.isName(name.selection) else { throw .badName }
        markets.append(Market(game: name.game, selection: name.selection))
        places[name] = markets.count - 1
        return markets.count - 1
    }
}
