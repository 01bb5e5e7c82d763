package import Betting

/// Writes bets the way `BetDecoder` reads them: what is encoded decodes to an equal bet.
package enum BetEncoder {
    /// Appends a JSON object, the amount as an exact number; fields that say nothing are left out.
    package static func json(_ bet: Bet, into bytes: inout [UInt8]) {
        bytes.append(contentsOf: #"{"id":""#.utf8)
        bet.id.appendUTF8(to: &bytes)
        bytes.append(contentsOf: #"","game_id":""#.utf8)
        bet.gameID.appendUTF8(to: &bytes)
        bytes.append(contentsOf: #"","bet_type":""#.utf8)
        bytes.append(contentsOf: bet.betType.name.utf8)
        bytes.append(contentsOf: #"","amount":"#.utf8)
        bet.amount.appendUTF8(to: &bytes)
        bytes.append(contentsOf: #","timestamp":""#.utf8)
        bet.placedAt.appendUTF8(to: &bytes)
        bytes.append(UInt8(ascii: "\""))
        if bet.selection != .none {
            bytes.append(contentsOf: #","selection":""#.utf8)
            bet.selection.appendUTF8(to: &bytes)
            bytes.append(UInt8(ascii: "\""))
        }
        if let userID = bet.userID {
            bytes.append(contentsOf: #","user_id":"#.utf8)
            bytes.append(contentsOf: String(userID).utf8)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// Appends the body in the wanted way.
    package static func encode(_ bet: Bet, as type: ContentType, into bytes: inout [UInt8]) {
        switch type {
        case .json: json(bet, into: &bytes)
        case .protobuf: protobuf(bet, into: &bytes)
        }
    }
}
