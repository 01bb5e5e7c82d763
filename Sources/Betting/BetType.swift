/// What kind of bet it is; the raw value is internal, `name` is the wire's.
package enum BetType: UInt8, CaseIterable, Sendable {
    case moneyline
    case spread
    case total
    case playerProp
    case gameProp
    case parlay
    case teaser
    case matched

    /// The name on the wire and in the tables.
    package var name: String {
        switch self {
        case .moneyline: "moneyline"
        case .spread: "spread"
        case .total: "total"
        case .playerProp: "player_prop"
        case .gameProp: "game_prop"
        case .parlay: "parlay"
        case .teaser: "teaser"
        case .matched: "matched"
        }
    }

    /// By its exact wire name; nil when there is none.
    package init?(_ name: Span<UInt8>) {
        for type in Self.allCases where Self.matches(name, type.name) {
            self = type
            return
        }
        return nil
    }

    /// As `init(_:)` of bytes.
    package init?(name: String) {
        self.init(name.utf8.span)
    }

    private static func matches(_ bytes: Span<UInt8>, _ name: String) -> Bool {
        guard bytes.count == name.utf8.count else { return false }
        var index = 0
        for byte in name.utf8 {
            guard bytes[index] == byte else { return false }
            index += 1
        }
        return true
    }
}

extension BetType: CustomStringConvertible {
    package var description: String { name }
}
