import Betting

/// The rules for a bet's fields, the same for every way of writing it.
extension BetFields {
    /// The bet that the fields make.
    ///
    /// Fields are judged in the order of the contract's table and the first broken rule is the answer:
    /// for each field its absence, then its kind, then its value.
    func bet(within limits: BetLimits) throws(BetRejection) -> Bet {
        let id = try Self.required(id, "id", .badID, "not a UUID, or the nil one") { BetID($0) }
        let gameID = try Self.required(gameID, "game_id", .badGameID, Self.alphabet) {
            Identifier($0)
        }
        let betType = try Self.required(betType, "bet_type", .badBetType, "no such type") {
            BetType($0)
        }
        let amount = try amount(within: limits)
        let timestamp = try Self.required(
            timestamp,
            "timestamp",
            .badTimestamp,
            "not RFC 3339 with a zone, or another century"
        ) { Timestamp($0) }
        let selection = try Self.optional(selection, "selection", .badSelection, Self.alphabet) {
            Identifier($0)
        }
        return Bet(
            id: id,
            gameID: gameID,
            betType: betType,
            selection: selection ?? .none,
            amount: amount,
            userID: try userIdentifier(),
            placedAt: timestamp
        )
    }

    private static let alphabet = "not 1–64 of A–Z a–z 0–9 _ . : -"

    /// A field of kind string that must be there.
    private static func required<Value>(
        _ field: Field,
        _ name: StaticString,
        _ reason: RejectionReason,
        _ rule: String,
        _ read: (Span<UInt8>) -> Value?
    ) throws(BetRejection) -> Value {
        guard let value = try optional(field, name, reason, rule, read) else {
            throw BetRejection(.missingField, "\(name): missing")
        }
        return value
    }

    /// A field of kind string that may be absent, but not null.
    private static func optional<Value>(
        _ field: Field,
        _ name: StaticString,
        _ reason: RejectionReason,
        _ rule: String,
        _ read: (Span<UInt8>) -> Value?
    ) throws(BetRejection) -> Value? {
        switch field {
        case .absent: return nil
        case .string(let text):
            guard let value = text.withBytes(read) else {
                throw BetRejection(reason, "\(name): \(rule)")
            }
            return value
        case .other, .number, .integer:
            throw BetRejection(.wrongType, "\(name): not a string")
        }
    }

    /// A number, or the same text as a string.
    private func amount(within limits: BetLimits) throws(BetRejection) -> Money {
        switch amount {
        case .absent: throw BetRejection(.missingField, "amount: missing")
        case .other, .integer: throw BetRejection(.wrongType, "amount: not a number")
        case .number(let text), .string(let text):
            do {
                return try text.withBytes { bytes throws(RejectionReason) in
                    try limits.amount(bytes)
                }
            } catch {
                throw Self.rejectedAmount(error, limits)
            }
        }
    }

    private static func rejectedAmount(_ reason: RejectionReason, _ limits: BetLimits)
        -> BetRejection
    {
        switch reason {
        case .amountPrecision: BetRejection(reason, "amount: more than \(Money.scale) decimals")
        case .amountRange:
            BetRejection(reason, "amount: not above 0 and at most \(limits.maxAmount)")
        default: BetRejection(reason, "amount: not a number")
        }
    }

    /// A whole number without fraction or exponent, absent or 1 … 2⁶³−1.
    private func userIdentifier() throws(BetRejection) -> Int64? {
        let value: Int64?
        switch userID {
        case .absent: return nil
        case .integer(let integer): value = integer
        case .number(let text): value = text.withBytes(Self.wholeNumber)
        case .other, .string: throw BetRejection(.wrongType, "user_id: not a number")
        }
        guard let value, value > 0 else {
            throw BetRejection(.badUserID, "user_id: not a whole number in 1 … 2⁶³−1")
        }
        return value
    }

    /// The value of a text of nothing but digits, nil when it has others or does not fit.
    private static func wholeNumber(_ text: Span<UInt8>) -> Int64? {
        var value: Int64 = 0
        for index in 0..<text.count {
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            let (tenfold, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, hasOverflown) = tenfold.addingReportingOverflow(Int64(digit))
            if isTooLarge || hasOverflown { return nil }
            value = sum
        }
        return value
    }
}
