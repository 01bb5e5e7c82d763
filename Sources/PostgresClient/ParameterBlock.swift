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
        default: Self.write(value, to: &bytes)
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

    private static func write(_ value: PostgresValue, to text: inout [UInt8]) {
        switch value {
        case .null, .bytes: break
        case .bool(let value): text.append(UInt8(ascii: value ? "t" : "f"))
        case .int32(let value): text += String(value).utf8
        case .int64(let value): text += String(value).utf8
        case .double(let value): text += value.description.utf8
        case .text(let value): text += value.utf8
        case .uuid(let high, let low): TextEncoding.append(uuid: (high, low), to: &text)
        case .numeric(let units, let scale):
            TextEncoding.append(units: units, scale: scale, to: &text)
        case .timestamp(let microseconds):
            text += CivilTime(microsecondsSince1970: microseconds).text.utf8
        default: writeArray(value, to: &text)
        }
    }

    private static func writeArray(_ value: PostgresValue, to text: inout [UInt8]) {
        switch value {
        case .boolArray(let values):
            TextEncoding.append(array: values, to: &text) {
                $1.append(UInt8(ascii: $0 ? "t" : "f"))
            }
        case .int64Array(let values):
            TextEncoding.append(array: values, to: &text) { $1 += String($0).utf8 }
        case .optionalInt64Array(let values):
            TextEncoding.append(array: values, to: &text) {
                $1 += ($0.map(String.init) ?? "NULL").utf8
            }
        case .textArray(let values):
            TextEncoding.append(array: values, to: &text) {
                TextEncoding.append(quoted: $0, to: &$1)
            }
        case .optionalTextArray(let values):
            TextEncoding.append(array: values, to: &text) { value, text in
                guard let value else { return text += "NULL".utf8 }
                TextEncoding.append(quoted: value, to: &text)
            }
        case .uuidArray(let values):
            TextEncoding.append(array: values, to: &text) { TextEncoding.append(uuid: $0, to: &$1) }
        case .numericArray(let values, let scale):
            TextEncoding.append(array: values, to: &text) {
                TextEncoding.append(units: $0, scale: scale, to: &$1)
            }
        case .timestampArray(let values):
            TextEncoding.append(array: values, to: &text) {
                TextEncoding.append(quoted: CivilTime(microsecondsSince1970: $0).text, to: &$1)
            }
        case .optionalBytesArray(let values):
            TextEncoding.append(array: values, to: &text) { value, text in
                guard let value else { return text += "NULL".utf8 }
                // The array's own syntax takes one backslash away.
                text.append(UInt8(ascii: "\\"))
                TextEncoding.append(bytes: value, to: &text)
            }
        default: break
        }
    }
}
