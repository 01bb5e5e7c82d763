package import Betting

/// Turns message bodies into bets. Owns a parser and its buffers, so decoding a bet takes no memory.
///
/// Not Sendable: one decoder for each thread that decodes.
package final class BetDecoder {
    /// Fields that no bet has, over all messages whose structure was sound.
    package private(set) var unknownFieldTotal: UInt64 = 0
    /// Those of the last such message.
    package private(set) var unknownFieldCount = 0

    private let limits: BetLimits
    private var json: JSONReader
    private var protobuf: ProtobufReader

    /// - Parameter limits: what the deployment allows; the buffers are sized by `bodyBytesMax`.
    package init(limits: BetLimits = BetLimits()) {
        self.limits = limits
        json = JSONReader(bodyBytesMax: limits.bodyBytesMax)
        protobuf = ProtobufReader(bodyBytesMax: limits.bodyBytesMax)
    }

    /// Reads one body, which is borrowed for the call.
    ///
    /// - Throws: the first broken rule: `too_large`, then `malformed`, then the fields in the contract's
    ///   order (`id`, `game_id`, `bet_type`, `amount`, `timestamp`, `selection`, `user_id`).
    package func decode(_ body: RawSpan, as type: ContentType) throws(BetRejection) -> Bet {
        guard body.byteCount <= limits.bodyBytesMax else {
            throw BetRejection(.tooLarge, "body: more than \(limits.bodyBytesMax) bytes")
        }
        guard body.byteCount > 0 else { throw BetRejection(.malformed, "body: empty") }
        let (fields, unknownCount) =
            switch type {
            case .json: try json.read(body)
            case .protobuf: try protobuf.read(body)
            }
        unknownFieldCount = unknownCount
        unknownFieldTotal += UInt64(unknownCount)
        return try fields.bet(within: limits)
    }
}
