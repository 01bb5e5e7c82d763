package import Betting

/// A match's UUID.
package struct MatchID: Hashable, Comparable, Sendable {
    /// The same 16 bytes; a match's id is never a bet's.
    package let uuid: BetID

    package init(uuid: BetID) { self.uuid = uuid }

    package static func < (left: MatchID, right: MatchID) -> Bool { left.uuid < right.uuid }

    /// A new one, of version 4 (RFC 9562, 5.4).
    package static func random() -> MatchID {
        var generator = SystemRandomNumberGenerator()
        return random(using: &generator)
    }

    /// As `random()`, from the given source.
    package static func random(using generator: inout some RandomNumberGenerator) -> MatchID {
        let high = generator.next() & ~0xf000 | 0x4000
        let low = generator.next() & ~(0b11 << 62) | 0b10 << 62
        guard let uuid = BetID(high: high, low: low) else { return random(using: &generator) }
        return MatchID(uuid: uuid)
    }
}

extension MatchID: CustomStringConvertible {
    package var description: String { uuid.description }
}
