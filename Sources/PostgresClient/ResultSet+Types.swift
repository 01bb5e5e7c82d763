/// Typed access to fields.
extension ResultSet {
    /// A 64-bit pattern pair as in a UUID's 16 bytes, big-endian.
    package typealias UUIDBits = (high: UInt64, low: UInt64)

    package func int64(_ row: Int, _ column: Int) throws(PostgresError) -> Int64 {
        try present(optionalInt64(row, column), column)
    }

    package func optionalInt64(_ row: Int, _ column: Int) throws(PostgresError) -> Int64? {
        try field(row, column, as: "an integer of 64 bits") { text in
            TextDecoding.scaledInteger(text, scale: 0).flatMap(Int64.init(exactly:))
        }
    }

    package func double(_ row: Int, _ column: Int) throws(PostgresError) -> Double {
        try present(
            field(row, column, as: "a number") { Double(TextDecoding.string($0)) },
            column
        )
    }

    package func bool(_ row: Int, _ column: Int) throws(PostgresError) -> Bool {
        try present(
            field(row, column, as: "a truth value") { text in
                guard text.count == 1 else { return nil }
                switch text[0] {
                case UInt8(ascii: "t"): return true
                case UInt8(ascii: "f"): return false
                default: return nil
                }
            },
            column
        )
    }

    package func string(_ row: Int, _ column: Int) throws(PostgresError) -> String {
        try present(optionalString(row, column), column)
    }

    package func optionalString(_ row: Int, _ column: Int) throws(PostgresError) -> String? {
        try field(row, column, as: "text") { TextDecoding.string($0) }
    }

    /// A `bytea`.
    package func bytes(_ row: Int, _ column: Int) throws(PostgresError) -> [UInt8] {
        try present(optionalBytes(row, column), column)
    }

    package func optionalBytes(_ row: Int, _ column: Int) throws(PostgresError) -> [UInt8]? {
        try field(row, column, as: "bytes") { TextDecoding.bytes($0) }
    }

    package func uuid(_ row: Int, _ column: Int) throws(PostgresError) -> UUIDBits {
        try present(optionalUUID(row, column), column)
    }

    package func optionalUUID(_ row: Int, _ column: Int) throws(PostgresError) -> UUIDBits? {
        try field(row, column, as: "a UUID") { TextDecoding.uuid($0) }
    }

    /// A `numeric` as a count of 10^-`scale`. A value with more decimals than that, other than
    /// zeros, does not fit and throws; so do `NaN` and `Infinity`.
    package func numeric(
        _ row: Int,
        _ column: Int,
        scale: Int = 8
    ) throws(PostgresError) -> Int128 {
        try present(optionalNumeric(row, column, scale: scale), column)
    }

    package func optionalNumeric(
        _ row: Int,
        _ column: Int,
        scale: Int = 8
    ) throws(PostgresError) -> Int128? {
        try field(row, column, as: "a decimal number with at most \(scale) decimals") {
            TextDecoding.scaledInteger($0, scale: scale)
        }
    }

    /// A `timestamptz` (or `date`) in microseconds since 1970-01-01 UTC.
    package func timestamp(_ row: Int, _ column: Int) throws(PostgresError) -> Int64 {
        try present(optionalTimestamp(row, column), column)
    }

    package func optionalTimestamp(_ row: Int, _ column: Int) throws(PostgresError) -> Int64? {
        try field(row, column, as: "a timestamp") { CivilTime.microseconds(in: $0) }
    }
}
