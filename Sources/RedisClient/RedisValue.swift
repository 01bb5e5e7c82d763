/// A reply of Redis.
package indirect enum RedisValue: Sendable, Equatable {
    case null
    case integer(Int64)
    /// A bulk string: any bytes.
    case string([UInt8])
    /// A short text such as `OK`.
    case status(String)
    case array([RedisValue])
    /// An error inside an array or a pipeline; the first word is its code.
    case error(String)

    /// The number of an integer reply or of a string that holds one in decimal; nil for all else.
    package var int64: Int64? {
        switch self {
        case .integer(let value): value
        case .string(let bytes): Int64(String(decoding: bytes, as: UTF8.self))
        case .null, .status, .array, .error: nil
        }
    }

    /// A string or status as text; nil for all else.
    package var text: String? {
        switch self {
        case .string(let bytes): String(decoding: bytes, as: UTF8.self)
        case .status(let text): text
        case .null, .integer, .array, .error: nil
        }
    }

    /// The elements of an array; nil for all else.
    package var elements: [RedisValue]? {
        if case .array(let values) = self { return values }
        return nil
    }

    /// What kind of reply this is, for messages: never its content.
    package var kind: String {
        switch self {
        case .null: "null"
        case .integer: "an integer"
        case .string: "a string"
        case .status: "a status"
        case .array: "an array"
        case .error: "an error"
        }
    }

    /// The thrown form of an error reply; nil for all else.
    package var serverError: RedisError? {
        guard case .error(let message) = self else { return nil }
        let parts = message.split(separator: " ", maxSplits: 1)
        return .server(code: String(parts.first ?? ""), text: String(parts.dropFirst().first ?? ""))
    }
}
