/// How a message's body is written.
package enum ContentType: CaseIterable, Hashable, Sendable {
    /// `application/json`, and messages without a header.
    case json
    /// `application/x-protobuf`: `betting.v1.Bet` of `proto/bets.proto`.
    case protobuf

    /// The header that carries it.
    package static let headerName = "Content-Type"

    /// The header's value, without parameters.
    package var headerValue: String {
        switch self {
        case .json: "application/json"
        case .protobuf: "application/x-protobuf"
        }
    }

    /// Reads a header's value in any case, parameters aside. No header means JSON; nil is a type that is
    /// not spoken here, to be rejected as `content_type`.
    package init?(headerValue: String?) {
        guard let headerValue else {
            self = .json
            return
        }
        for type in Self.allCases where type.isNamed(by: headerValue) {
            self = type
            return
        }
        return nil
    }

    private func isNamed(by value: String) -> Bool {
        let essence = value.utf8.prefix { $0 != UInt8(ascii: ";") }
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var name = essence.drop(while: isSpace)
        while let last = name.last, isSpace(last) { name.removeLast() }
        return name.elementsEqual(headerValue.utf8) { byte, expected in
            let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
            return (isUpper ? byte | 0x20 : byte) == expected
        }
    }
}
