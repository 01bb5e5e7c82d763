import BetCodec
package import Betting

/// All messages of a run, each made from its number alone, so that any of them can be made again.
package struct Script: Sendable {
    /// What a message is.
    package enum Role: Hashable, Sendable {
        /// A bet of its own.
        case bet
        /// The bet of an earlier message again, under the same message id or another one.
        case repetition(of: UInt64, hasSameMessageID: Bool)
        /// No bet.
        case malformed
    }

    /// How far back a repetition reaches.
    private static let reach: UInt64 = 1_000

    private let content: Content
    private let seed: UInt64
    private let pace: Pace
    private let started: Timestamp
    private let gameIDs: Identifier

    /// - Parameter started: when the first bet says it was placed; later ones follow the pace.
    package init(_ content: Content, seed: UInt64, pace: Pace, started: Timestamp) {
        self.content = content
        self.seed = seed
        self.pace = pace
        self.started = started
        gameIDs = Identifier("game_123") ?? .none
    }

    /// What the message of this number is.
    package func role(of index: UInt64) -> Role {
        var generator = SplitMix(seed: seed, index: index)
        let share = generator.nextShare()
        if share < content.malformed { return .malformed }
        guard share < content.malformed + content.duplicates, index > 0 else { return .bet }
        let reach = min(index, Self.reach)
        var origin = index - 1 - generator.next(below: reach)
        while !isBet(origin) {
            // Nothing to repeat yet: it is a bet of its own after all.
            guard origin > 0 else { return .bet }
            origin -= 1
        }
        return .repetition(of: origin, hasSameMessageID: generator.next(below: 2) == 0)
    }

    /// The ids of a message: the one it is journalled under and the one the stream sees.
    package func identity(of index: UInt64) -> (id: String, messageID: String) {
        switch role(of: index) {
        case .bet, .malformed:
            let id = betID(index).description
            return (id, id)
        case .repetition(let origin, let hasSameMessageID):
            let id = betID(origin).description
            return (id, hasSameMessageID ? id : "\(id)/\(index)")
        }
    }

    /// The message of this number.
    package func message(_ index: UInt64) -> Message {
        let (id, messageID) = identity(of: index)
        let origin: UInt64
        switch role(of: index) {
        case .malformed:
            let (body, type) = malformed(index)
            return Message(
                index: index,
                id: id,
                messageID: messageID,
                contentType: type,
                body: body
            )
        case .bet: origin = index
        case .repetition(let earlier, _): origin = earlier
        }
        var body: [UInt8] = []
        body.reserveCapacity(256)
        BetEncoder.encode(bet(origin), as: content.encoding, into: &body)
        let type = content.encoding == .json ? nil : content.encoding.headerValue
        return Message(index: index, id: id, messageID: messageID, contentType: type, body: body)
    }

    /// The bet that the message of this number carries if it is one of its own.
    package func bet(_ index: UInt64) -> Bet {
        var generator = contentGenerator(index)
        let amount = Int64(1 + generator.next(below: 100))
        let game =
            content.games > 1 ? name("game_", 1 + generator.next(below: content.games)) : gameIDs
        let type = content.betTypes[Int(generator.next(below: UInt64(content.betTypes.count)))]
        let selection =
            content.selections > 0
            ? name("selection_", 1 + generator.next(below: content.selections)) : .none
        let user = content.users > 0 ? Int64(1 + generator.next(below: content.users)) : nil
        return Bet(
            id: betID(index),
            gameID: game,
            betType: type,
            selection: selection,
            amount: Money(units: amount * Money.unitsPerWhole),
            userID: user,
            placedAt: placedAt(index)
        )
    }

    private func isBet(_ index: UInt64) -> Bool {
        var generator = SplitMix(seed: seed, index: index)
        return generator.nextShare() >= content.malformed + content.duplicates
    }

    /// A UUID of version 4.
    private func betID(_ index: UInt64) -> BetID {
        var generator = SplitMix(seed: ~seed, index: index)
        let high = generator.next() & 0xffff_ffff_ffff_0fff | 0x4000
        let low = generator.next() & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000
        guard let id = BetID(high: high, low: low) else { preconditionFailure("a nil UUID") }
        return id
    }

    private func contentGenerator(_ index: UInt64) -> SplitMix {
        SplitMix(seed: seed.byteSwapped, index: index)
    }

    private func name(_ prefix: String, _ number: UInt64) -> Identifier {
        Identifier(prefix + String(number)) ?? .none
    }

    /// A microsecond apart without a pace. Wraps within a year, so that no run leaves the century.
    private func placedAt(_ index: UInt64) -> Timestamp {
        let microseconds = (pace.rate.map { 1_000_000 / $0 } ?? 1) * Double(index)
        let year = 31_536_000_000_000.0
        return Timestamp(
            microseconds: started.microseconds
                + Int64(microseconds.truncatingRemainder(dividingBy: year))
        )
    }

    private func malformed(_ index: UInt64) -> (body: [UInt8], contentType: String?) {
        var generator = contentGenerator(index)
        let fault = MalformedBody.allCases[
            Int(generator.next(below: UInt64(MalformedBody.allCases.count)))
        ]
        return (fault.body(bet(index)), fault.contentType)
    }
}
