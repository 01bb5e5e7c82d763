import Betting
import CBetJSON

/// simdjson's parser and the buffers it works in, made once and used for every message.
///
/// Owns the C reader, which is freed with it. One thread at a time.
@safe
struct JSONReader: ~Copyable {
    private let reader: OpaquePointer

    init(bodyBytesMax: Int) {
        guard let reader = unsafe bet_json_reader_create(max(1, bodyBytesMax)) else {
            preconditionFailure("no memory for a JSON reader")
        }
        unsafe self.reader = reader
    }

    deinit {
        unsafe bet_json_reader_destroy(reader)
    }

    /// The fields of one JSON object and how many others it had; their bytes stay until the next read.
    mutating func read(
        _ body: RawSpan
    ) throws(BetRejection) -> (fields: BetFields, unknownCount: Int) {
        var found = unsafe bet_json_fields()
        let status = unsafe body.withUnsafeBytes { bytes in
            unsafe bet_json_read(reader, bytes.baseAddress, bytes.count, &found)
        }
        guard status == BET_JSON_OK else { throw Self.rejection(status) }
        let fields = unsafe BetFields(
            id: Field(found.id),
            gameID: Field(found.game_id),
            betType: Field(found.bet_type),
            amount: Field(found.amount),
            timestamp: Field(found.timestamp),
            selection: Field(found.selection),
            userID: Field(found.user_id)
        )
        return unsafe (fields, Int(found.unknown_count))
    }

    private static func rejection(_ status: bet_json_status) -> BetRejection {
        if status == BET_JSON_TOO_LONG { return BetRejection(.tooLarge, "body: too long") }
        let detail =
            switch status {
            case BET_JSON_EMPTY: "empty"
            case BET_JSON_NOT_UTF8: "not UTF-8"
            case BET_JSON_NOT_AN_OBJECT: "not an object"
            case BET_JSON_TOO_DEEP: "more than \(BET_JSON_DEPTH_MAX) levels"
            case BET_JSON_TOO_MANY: "too many members"
            case BET_JSON_BAD_LITERAL: "a value that JSON does not know"
            case BET_JSON_BAD_STRING: "a string with a bad escape, a NUL or a control character"
            case BET_JSON_DUPLICATE_KEY: "a key twice in one object"
            case BET_JSON_TRAILING: "something behind the object"
            default: "not JSON"
            }
        return BetRejection(.malformed, "body: \(detail)")
    }
}

extension Field {
    fileprivate init(_ value: bet_json_value) {
        let text = unsafe FieldText(start: value.bytes, count: Int(value.length))
        switch unsafe value.kind {
        case BET_JSON_ABSENT: self = .absent
        case BET_JSON_NUMBER: self = .number(text)
        case BET_JSON_STRING: self = .string(text)
        default: self = .other
        }
    }
}
