/// The projection's keys and limits. The scripts build the same names.
enum OddsKeys {
    static let total = "odds:total"
    static let generation = "odds:generation"
    /// How many games have a counter.
    static let games = "odds:games"
    /// The games that have none though they have bets.
    static let retired = "odds:retired"
    static let watermark = "odds:watermark"
    /// Holds the token of the rebuild that may write, while there is one.
    static let rebuild = "odds:rebuild"
    static let appliedPrefix = "odds:applied:"

    /// Sequences in a bitmap.
    static let segmentSize: Int64 = 65_536
    /// Units of 10^-8 in a whole one.
    static let unitsPerWhole: Int128 = 100_000_000
    /// A name's limit, in characters.
    static let nameLengthMax = 64
    /// What follows a selection in the field that holds the remainder.
    static let remainderMark = "|r"

    static func updates(_ game: String) -> String { "game:\(game):odds_updates" }

    static func pool(_ game: String) -> String { "game:\(game):pool" }

    static func applied(epoch: Int64, segment: Int64) -> String {
        "\(appliedPrefix)\(epoch):\(segment)"
    }

    /// Whether a key is one that a rebuild replaces.
    static func belongsToProjection(_ key: [UInt8]) -> Bool {
        if key.starts(with: Array("game:".utf8)) {
            return key.ends(with: Array(":odds_updates".utf8))
                || key.ends(with: Array(":pool".utf8))
        }
        return key.starts(with: Array(appliedPrefix.utf8)) || key == Array(watermark.utf8)
            || key == Array(total.utf8) || key == Array(games.utf8) || key == Array(retired.utf8)
    }

    /// Whether a game or selection is of the contract's alphabet and length.
    static func isName(_ text: String) -> Bool {
        let bytes = text.utf8
        guard (1...nameLengthMax).contains(bytes.count) else { return false }
        return bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }
}

extension [UInt8] {
    fileprivate func ends(with tail: [UInt8]) -> Bool { suffix(tail.count).elementsEqual(tail) }
}
