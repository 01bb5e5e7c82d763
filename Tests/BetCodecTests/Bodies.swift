import BetCodec
import Betting
import Testing

/// A JSON bet as text, field by field, so that a test can replace, drop or add one.
struct BetJSON {
    var fields: [(name: String, value: String)] = [
        ("id", #""0189f7e2-1a2b-7c3d-8e4f-5a6b7c8d9e0f""#),
        ("game_id", #""game_123""#),
        ("bet_type", #""moneyline""#),
        ("amount", "42.5"),
        ("timestamp", #""2025-01-31T12:00:00Z""#),
    ]

    func with(_ name: String, _ value: String?) -> BetJSON {
        var copy = self
        copy.fields.removeAll { $0.name == name }
        if let value { copy.fields.append((name, value)) }
        return copy
    }

    var text: String {
        "{" + fields.map { #""\#($0.name)":\#($0.value)"# }.joined(separator: ",") + "}"
    }
}

extension BetDecoder {
    func decode(_ bytes: [UInt8], as type: ContentType = .json) throws(BetRejection) -> Bet {
        try unsafe decode(bytes.span.bytes, as: type)
    }

    func decode(_ text: String) throws(BetRejection) -> Bet {
        try decode(Array(text.utf8))
    }

    /// Nil when the body is a bet.
    func reason(_ bytes: [UInt8], as type: ContentType = .json) -> RejectionReason? {
        do {
            _ = try decode(bytes, as: type)
            return nil
        } catch {
            return error.reason
        }
    }

    func reason(_ text: String) -> RejectionReason? {
        reason(Array(text.utf8))
    }
}

/// A protobuf message written by hand, field by field.
struct Wire {
    var bytes: [UInt8] = []

    func text(_ field: UInt8, _ text: String) -> Wire {
        raw(field, Array(text.utf8))
    }

    func raw(_ field: UInt8, _ content: [UInt8]) -> Wire {
        var copy = self
        copy.bytes.append(field << 3 | 2)
        copy.appendVarint(UInt64(content.count))
        copy.bytes.append(contentsOf: content)
        return copy
    }

    func integer(_ field: UInt8, _ value: Int64) -> Wire {
        var copy = self
        copy.bytes.append(field << 3)
        copy.appendVarint(UInt64(bitPattern: value))
        return copy
    }

    private mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// All mandatory fields but those left out.
    static func bet(without missing: UInt8...) -> Wire {
        let fields: [(UInt8, String)] = [
            (1, "0189f7e2-1a2b-7c3d-8e4f-5a6b7c8d9e0f"), (2, "game_123"), (3, "moneyline"),
            (4, "42.5"), (5, "2025-01-31T12:00:00Z"),
        ]
        return fields.filter { !missing.contains($0.0) }.reduce(Wire()) { $0.text($1.0, $1.1) }
    }
}
