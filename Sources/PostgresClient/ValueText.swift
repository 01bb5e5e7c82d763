/// Parameters as the texts Postgres reads.
extension TextEncoding {
    /// Nothing for NULL and for bytes, which have forms of their own.
    static func append(_ value: PostgresValue, to text: inout [UInt8]) {
        switch value {
        case .null, .bytes: break
        case .bool(let value): text.append(UInt8(ascii: value ? "t" : "f"))
        case .int32(let value): text += String(value).utf8
        case .int64(let value): text += String(value).utf8
        case .double(let value): text += value.description.utf8
        case .text(let value): text += value.utf8
        case .uuid(let high, let low): append(uuid: (high, low), to: &text)
        case .numeric(let units, let scale):
            append(units: units, scale: scale, to: &text)
        case .timestamp(let microseconds):
            text += CivilTime(microsecondsSince1970: microseconds).text.utf8
        default: append(array: value, to: &text)
        }
    }

    private static func append(array value: PostgresValue, to text: inout [UInt8]) {
        switch value {
        case .boolArray(let values):
            append(array: values, to: &text) {
                $1.append(UInt8(ascii: $0 ? "t" : "f"))
            }
        case .int64Array(let values):
            append(array: values, to: &text) { $1 += String($0).utf8 }
        case .optionalInt64Array(let values):
            append(array: values, to: &text) {
                $1 += ($0.map(String.init) ?? "NULL").utf8
            }
        case .textArray(let values):
            append(array: values, to: &text) {
                append(quoted: $0, to: &$1)
            }
        case .optionalTextArray(let values):
            append(array: values, to: &text) { value, text in
                guard let value else { return text += "NULL".utf8 }
                append(quoted: value, to: &text)
            }
        case .uuidArray(let values):
            append(array: values, to: &text) { append(uuid: $0, to: &$1) }
        case .numericArray(let values, let scale):
            append(array: values, to: &text) {
                append(units: $0, scale: scale, to: &$1)
            }
        case .timestampArray(let values):
            append(array: values, to: &text) {
                append(quoted: CivilTime(microsecondsSince1970: $0).text, to: &$1)
            }
        case .optionalBytesArray(let values):
            append(array: values, to: &text) { value, text in
                guard let value else { return text += "NULL".utf8 }
                // The array's own syntax takes one backslash away.
                text.append(UInt8(ascii: "\\"))
                append(bytes: value, to: &text)
            }
        default: break
        }
    }
}
