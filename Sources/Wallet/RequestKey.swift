import Betting
import Cryptography
import Ledger
import WebServer

/// The `Idempotency-Key` of a request and the digest of what it asks, so that the same request sent
/// twice is done once.
struct RequestKey: Sendable {
    static let header = "Idempotency-Key"
    /// Characters.
    static let lengthRange = 1...255

    let text: String

    /// A key that is good.
    init(text: String) { self.text = text }

    /// - Throws: `keyRequired`, `keyInvalid`.
    init(_ request: HTTPRequest) throws(Problem) {
        let texts = request.headers(Self.header)
        guard let text = texts.first, !text.isEmpty else { throw Problem(.keyRequired) }
        guard texts.count == 1, Self.lengthRange.contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else { throw Problem(.keyInvalid) }
        self.text = text
    }

    /// - Parameter content: the request's meaning, so that blanks and the order of fields in its
    ///   body do not matter.
    static func digest(_ content: [String]) -> [UInt8] {
        SHA256.digest(Array(content.joined(separator: "\n").utf8))
    }

    /// The bet that this request places, now and whenever it comes again, also when the database has
    /// forgotten the key: a UUID (version 8, RFC 9562) made of user, key and content.
    func betID(user: UserID, digest: [UInt8]) -> BetID? {
        let seed = "bet\n\(user)\n\(text)\n"
        var bytes = SHA256.digest(Array(seed.utf8) + digest)
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        let words = [bytes[0..<8], bytes[8..<16]].map { half in
            half.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        return BetID(high: words[0], low: words[1])
    }
}
