package import Betting

extension BetEncoder {
    /// Appends a `betting.v1.Bet` (`proto/bets.proto`); fields that say nothing are left out.
    package static func protobuf(_ bet: Bet, into bytes: inout [UInt8]) {
        append(1, to: &bytes) { bet.id.appendUTF8(to: &$0) }
        append(2, to: &bytes) { bet.gameID.appendUTF8(to: &$0) }
        append(3, to: &bytes) { $0.append(contentsOf: bet.betType.name.utf8) }
        append(4, to: &bytes) { bet.amount.appendUTF8(to: &$0) }
        append(5, to: &bytes) { bet.placedAt.appendUTF8(to: &$0) }
        if bet.selection != .none {
            append(6, to: &bytes) { bet.selection.appendUTF8(to: &$0) }
        }
        if let userID = bet.userID {
            bytes.append(7 << 3)
            appendVarint(UInt64(bitPattern: userID), to: &bytes)
        }
    }

    /// A length-delimited field (wire type 2). No text of a bet reaches 128 bytes, so one byte holds its
    /// length, which is known once it is written.
    private static func append(
        _ field: UInt8,
        to bytes: inout [UInt8],
        _ write: (inout [UInt8]) -> Void
    ) {
        bytes.append(field << 3 | 2)
        let lengthIndex = bytes.count
        bytes.append(0)
        write(&bytes)
        bytes[lengthIndex] = UInt8(bytes.count - lengthIndex - 1)
    }

    private static func appendVarint(_ value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
