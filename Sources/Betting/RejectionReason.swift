/// Why a message is not stored as a bet: a closed list, the raw value is the wire's and the tables' name.
package enum RejectionReason: String, CaseIterable, Sendable, Error {
    /// Not a JSON object or a protobuf message at all, or not a strict one.
    case malformed
    /// The body is longer than a bet may be.
    case tooLarge = "too_large"
    /// The header names a type that is not spoken here.
    case contentType = "content_type"
    /// A mandatory field is absent.
    case missingField = "missing_field"
    /// A field is null or of another kind.
    case wrongType = "wrong_type"
    /// `id` is not a UUID, or the nil UUID.
    case badID = "bad_id"
    case badGameID = "bad_game_id"
    case badBetType = "bad_bet_type"
    case badSelection = "bad_selection"
    /// `user_id` is not a whole number in 1 … 2⁶³−1.
    case badUserID = "bad_user_id"
    /// `amount` is not above 0 and at most the limit.
    case amountRange = "amount_range"
    /// `amount` needs more than eight decimals.
    case amountPrecision = "amount_precision"
    case badTimestamp = "bad_timestamp"
    /// The id is stored already, with other content.
    case idConflict = "id_conflict"
    /// Handling the message ended the process, twice, with nothing else in hand.
    case poison
}

extension RejectionReason: CustomStringConvertible {
    package var description: String { rawValue }
}
