/// One argument of a command. Holds what it was made from; the bytes are copied once, into the
/// request.
package enum RedisArgument: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    case text(String)
    case substring(Substring)
    case integer(Int64)
    case bytes([UInt8])
    case slice(ArraySlice<UInt8>)

    /// Text is sent as UTF-8, an integer in decimal, bytes as they are.
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(_ value: String) { self = .text(value) }
    package init(_ value: Substring) { self = .substring(value) }
    package init(_ value: Int64) { self = .integer(value) }
    package init(_ value: Int) { self = .integer(Int64(value)) }
    package init(_ value: [UInt8]) { self = .bytes(value) }
    package init(_ value: ArraySlice<UInt8>) { self = .slice(value) }
}
