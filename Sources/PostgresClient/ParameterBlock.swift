/// The parameters of one call in the form libpq takes: all texts in one buffer, each ended by NUL.
struct ParameterBlock {
    /// As many as the protocol's 16-bit count can say.
    static let parametersMax = 65_535

    private var bytes: [UInt8] = []
    /// Where each value starts; nil is NULL.
    private var offsets: [Int?] = []
    private var lengths: [Int32] = []
    /// 0 is text, 1 is binary.
    private var formats: [Int32] = []

    /// - Throws: `usage` for too many or too long values; SQLSTATE 22021, kind `reject`, for a text
    ///   with a NUL character, which C would cut short in silence.
    init(_ values: [PostgresValue]) throws(PostgresError) {
        guard values.count <= Self.parametersMax else {
            throw PostgresError(.usage, "more than \(Self.parametersMax) parameters")
        }
        for value in values { try append(value) }
    }

    /// Lends the arrays `PQsendQueryPrepared` wants: count, values, lengths, formats.
    func withPointers<R>(
        _ body: (
            Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?,
            UnsafePointer<Int32>?
        ) -> R
    ) -> R {
        unsafe bytes.withUnsafeBytes { buffer in
            let base = unsafe buffer.bindMemory(to: CChar.self).baseAddress
            let values = unsafe offsets.map { offset -> UnsafePointer<CChar>? in
                guard let offset, let base = unsafe base else { return nil }
                return unsafe base + offset
            }
            return unsafe body(Int32(values.count), values, lengths, formats)
        }
    }

    private mutating func append(_ value: PostgresValue) throws(PostgresError) {
        let start = bytes.count
        var isNull = false
        var isBinary = false
        switch value {
        case .null: isNull = true
        case .bytes(let value):
            isBinary = true
            bytes += value
        default: TextEncoding.append(value, to: &bytes)
        }
        guard let length = Int32(exactly: bytes.count - start) else {
            throw PostgresError(.usage, "a parameter of more than 2 GiB")
        }
        if !isBinary, bytes[start...].contains(0) {
            throw PostgresError(
                cause: .usage,
                kind: .reject,
                sqlState: "22021",
                message: "a text parameter holds a NUL character"
            )
        }
        bytes.append(0)
        offsets.append(isNull ? nil : start)
        lengths.append(length)
        formats.append(isBinary ? 1 : 0)
    }
}
