import Foundation

/// A bet as a program of another hand would write it: the fields' JSON texts in an order of their
/// own, with spaces.
struct BetText {
    var id = UUID().uuidString.lowercased()
    /// Field names and the text of their values, in the order in which they are written.
    var fields: [(name: String, value: String)]

    init(game: String = "game_123", amount: String = "42") {
        fields = [
            ("game_id", #""\#(game)""#), ("amount", amount),
            ("timestamp", #""2025-06-01T12:00:00Z""#), ("bet_type", #""moneyline""#),
        ]
        fields.append(("id", #""\#(id)""#))
    }

    /// The same bet with another text for a field, or without it.
    func with(_ name: String, _ value: String?) -> BetText {
        var copy = self
        copy.fields.removeAll { $0.name == name }
        if let value { copy.fields.append((name, value)) }
        return copy
    }

    var text: String {
        "{ " + fields.map { #""\#($0.name)" : \#($0.value)"# }.joined(separator: " , ") + " }"
    }

    var body: [UInt8] { Array(text.utf8) }
}
