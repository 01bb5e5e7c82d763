import Betting
import CBetProto

/// Unpacks `betting.v1.Bet` into memory of its own, made once. One thread at a time.
struct ProtobufReader: ~Copyable {
    /// The costliest message is one of unknown fields of two bytes; each takes under 128 here.
    private static let arenaBytesPerBodyByte = 64

    private let arena: MessageArena

    init(bodyBytesMax: Int) {
        arena = MessageArena(byteCount: max(4096, bodyBytesMax * Self.arenaBytesPerBodyByte))
    }

    /// The fields of one message and how many others it had; their bytes stay until the next read.
    mutating func read(
        _ body: RawSpan
    ) throws(BetRejection) -> (fields: BetFields, unknownCount: Int) {
        let unpacked = unsafe body.withUnsafeBytes { bytes in
            unsafe arena.withAllocator { allocator in
                unsafe betting__v1__bet__unpack(
                    allocator,
                    bytes.count,
                    bytes.assumingMemoryBound(to: UInt8.self).baseAddress
                )
            }
        }
        guard let message = unsafe unpacked?.pointee else {
            throw BetRejection(.malformed, "body: not a protobuf message")
        }
        let fields = unsafe BetFields(
            id: try Self.field(message.has_id, message.id),
            gameID: try Self.field(message.has_game_id, message.game_id),
            betType: try Self.field(message.has_bet_type, message.bet_type),
            amount: try Self.field(message.has_amount, message.amount),
            timestamp: try Self.field(message.has_timestamp, message.timestamp),
            selection: try Self.field(message.has_selection, message.selection),
            userID: message.has_user_id != 0 ? .integer(message.user_id) : .absent
        )
        return unsafe (fields, Int(message.base.n_unknown_fields))
    }

    private static func field(
        _ isPresent: protobuf_c_boolean,
        _ data: ProtobufCBinaryData
    ) throws(BetRejection) -> Field {
        guard isPresent != 0 else { return .absent }
        let text = unsafe FieldText(start: data.data, count: data.len)
        guard text.isWellFormed else {
            throw BetRejection(.malformed, "body: a string that is not UTF-8 or has a NUL")
        }
        return .string(text)
    }
}
