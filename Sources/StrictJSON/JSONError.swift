import CBetJSON

/// Why a text is not the JSON object that was wanted. The list is closed; `description` is for
/// clients too and quotes nothing.
package enum JSONError: Error, Sendable, CaseIterable, CustomStringConvertible {
    case empty
    case tooLong
    case notJSON
    case notUTF8
    case notAnObject
    case tooDeep
    case badLiteral
    case badString
    case duplicateKey
    case trailing
    case tooMany

    /// Nil when all is well.
    init?(_ status: bet_json_status) {
        switch status {
        case BET_JSON_OK: return nil
        case BET_JSON_EMPTY: self = .empty
        case BET_JSON_TOO_LONG: self = .tooLong
        case BET_JSON_NOT_UTF8: self = .notUTF8
        case BET_JSON_NOT_AN_OBJECT: self = .notAnObject
        case BET_JSON_TOO_DEEP: self = .tooDeep
        case BET_JSON_TOO_MANY: self = .tooMany
        case BET_JSON_BAD_LITERAL: self = .badLiteral
        case BET_JSON_BAD_STRING: self = .badString
        case BET_JSON_DUPLICATE_KEY: self = .duplicateKey
        case BET_JSON_TRAILING: self = .trailing
        default: self = .notJSON
        }
    }

    package var description: String {
        switch self {
        case .empty: "empty"
        case .tooLong: "too long"
        case .notJSON: "not JSON"
        case .notUTF8: "not UTF-8"
        case .notAnObject: "not an object"
        case .tooDeep: "more than \(BET_JSON_DEPTH_MAX) levels"
        case .badLiteral: "a value that JSON does not know"
        case .badString: "a string with a bad escape, a NUL or a control character"
        case .duplicateKey: "a key twice in one object"
        case .trailing: "something behind the object"
        case .tooMany: "more members or elements than anything here has"
        }
    }
}
