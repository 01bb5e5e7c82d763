import Betting

/// The ways in which a message is no bet; each is rejected for the reason it is named after.
package enum MalformedBody: CaseIterable, Sendable {
    case noJSON, truncated, duplicateKey, contentType, missingField, wrongType, badID, amountRange,
        amountPrecision, badTimestamp

    /// The header it is sent with.
    var contentType: String? { self == .contentType ? "text/plain" : nil }

    /// A body that would be `bet` but for one thing. Always JSON, or meant to be.
    func body(_ bet: Bet) -> [UInt8] {
        let text =
            switch self {
            case .noJSON: "not a bet"
            case .truncated: String(Self.object(bet).dropLast(10))
            case .duplicateKey: Self.object(bet, more: #","amount":1"#)
            case .contentType: Self.object(bet)
            case .missingField: #"{"id":"\#(bet.id)"}"#
            case .wrongType: Self.object(bet, amount: "true")
            case .badID: Self.object(bet, id: "00000000-0000-0000-0000-000000000000")
            case .amountRange: Self.object(bet, amount: "-\(bet.amount)")
            case .amountPrecision: Self.object(bet, amount: "\(bet.amount).000000001")
            case .badTimestamp: Self.object(bet, timestamp: "2025-01-01T00:00:60Z")
            }
        return Array(text.utf8)
    }

    private static func object(
        _ bet: Bet,
        id: String? = nil,
        amount: String? = nil,
        timestamp: String? = nil,
        more: String = ""
    ) -> String {
        #"{"id":"\#(id ?? bet.id.description)","game_id":"\#(bet.gameID)","#
            + #""bet_type":"\#(bet.betType)","amount":\#(amount ?? bet.amount.description),"#
            + #""timestamp":"\#(timestamp ?? bet.placedAt.description)"\#(more)}"#
    }
}
