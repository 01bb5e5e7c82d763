/// A parameter of a statement. Values travel as text (bytes in binary), and their type is the one
/// the statement gives them: write `$1::uuid[]` where nothing else says it.
package enum PostgresValue: Sendable {
    case null
    case bool(Bool)
    case int32(Int32)
    case int64(Int64)
    case double(Double)
    /// A text with a NUL character is refused as Postgres does, 22021, kind `reject`.
    case text(String)
    /// A UUID's 16 bytes, big-endian.
    case uuid(high: UInt64, low: UInt64)
    /// A `bytea`.
    case bytes([UInt8])
    /// A count of 10^-`scale`.
    case numeric(units: Int128, scale: Int)
    /// A `timestamptz`.
    case timestamp(microsecondsSince1970: Int64)
    case boolArray([Bool])
    case int64Array([Int64])
    case optionalInt64Array([Int64?])
    case textArray([String])
    case optionalTextArray([String?])
    case uuidArray([(UInt64, UInt64)])
    /// Each element a count of 10^-`scale`.
    case numericArray([Int128], scale: Int)
    /// Each element in microseconds since 1970.
    case timestampArray([Int64])
    case optionalBytesArray([[UInt8]?])
}

extension PostgresValue {
    /// The value, or NULL for nil.
    package static func optional(_ value: Int64?) -> PostgresValue {
        value.map { .int64($0) } ?? .null
    }

    /// The value, or NULL for nil.
    package static func optional(_ value: String?) -> PostgresValue {
        value.map { .text($0) } ?? .null
    }

    /// The value, or NULL for nil.
    package static func optional(_ value: [UInt8]?) -> PostgresValue {
        value.map { .bytes($0) } ?? .null
    }
}
