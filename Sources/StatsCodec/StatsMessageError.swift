/// Why a message is not a pod's figures. The list is closed; field names in it are the contract's own.
package enum StatsMessageError: Error, Sendable, Equatable {
    /// More bytes than a message may have.
    case tooLarge
    /// Not one object in strict JSON, or one of more keys than are read.
    case malformed
    case missingField(String)
    case wrongType(String)
    /// A count below 0 or beyond `StatsMessage.countMax`, a name that is empty, too long or of other
    /// characters, a time that is none.
    case outOfRange(String)
    /// More than `StatsMessage.reasonsMax` reasons for rejection.
    case tooManyReasons
    /// A latency histogram of another length.
    case histogramLength

    /// A word for a metric's label.
    package var code: String {
        switch self {
        case .tooLarge: "too_large"
        case .malformed: "malformed"
        case .missingField: "missing_field"
        case .wrongType: "wrong_type"
        case .outOfRange: "out_of_range"
        case .tooManyReasons: "too_many_reasons"
        case .histogramLength: "histogram_length"
        }
    }

    /// Every word `code` can be.
    package static let codes = [
        "too_large", "malformed", "missing_field", "wrong_type", "out_of_range",
        "too_many_reasons", "histogram_length",
    ]
}

extension StatsMessageError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missingField(let field), .wrongType(let field), .outOfRange(let field):
            "\(code): \(field)"
        default: code
        }
    }
}
