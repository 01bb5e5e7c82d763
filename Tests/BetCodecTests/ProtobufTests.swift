import BetCodec
import Betting
import Testing

@Suite struct ProtobufTests {
    private let decoder = BetDecoder()

    private func reason(_ wire: Wire) -> RejectionReason? {
        decoder.reason(wire.bytes, as: .protobuf)
    }

    @Test func `a message is the same bet as its JSON`() throws {
        let wire = Wire.bet().text(6, "home").integer(7, 7)
        let json = BetJSON().with("selection", #""home""#).with("user_id", "7")
        #expect(try decoder.decode(wire.bytes, as: .protobuf) == decoder.decode(json.text))
        #expect(
            try decoder.decode(Wire.bet().bytes, as: .protobuf) == decoder.decode(BetJSON().text)
        )
    }

    @Test(
        arguments: [
            (1, "", .badID), (1, "00000000-0000-0000-0000-000000000000", .badID),
            (2, "", .badGameID), (2, "a b", .badGameID), (2, "é", .badGameID),
            (3, "x", .badBetType),
            (4, "", .wrongType), (4, "abc", .wrongType), (4, "0", .amountRange),
            (4, "1e400", .amountRange), (4, "0.000000001", .amountPrecision),
            (5, "", .badTimestamp),
            (6, "", .badSelection), (6, "\u{202E}", .badSelection), (2, "a\0b", .malformed),
            (6, "\0", .malformed),
        ] as [(UInt8, String, RejectionReason)]
    )
    func `the rules and their reasons are the same`(
        field: UInt8,
        text: String,
        reason: RejectionReason
    ) {
        #expect(self.reason(Wire.bet(without: field).text(field, text)) == reason)
    }

    @Test(arguments: 1...5)
    func `an absent field is missing`(field: Int) {
        #expect(reason(Wire.bet(without: UInt8(field))) == .missingField)
    }

    @Test(arguments: [0, -1, Int64.min])
    func `a user that is no positive number is refused`(user: Int64) {
        #expect(reason(Wire.bet().integer(7, user)) == .badUserID)
    }

    @Test func `invalid UTF-8 is malformed`() {
        for bytes: [UInt8] in [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82]] {
            #expect(reason(Wire.bet(without: 2).raw(2, bytes)) == .malformed)
        }
    }

    @Test func `what is no message is malformed`() {
        let whole = Wire.bet().bytes
        #expect(decoder.reason([], as: .protobuf) == .malformed)
        #expect(decoder.reason(Array(BetJSON().text.utf8), as: .protobuf) == .malformed)
        #expect(reason(Wire.bet(without: 1).integer(1, 5)) == .malformed)
        #expect(reason(Wire(bytes: whole + [0x02, 0x00])) == .malformed)
        #expect(reason(Wire(bytes: whole + [0x43])) == .malformed)
        #expect(reason(Wire(bytes: [UInt8](repeating: 0xff, count: 4096))) == .malformed)
        for length in 1..<whole.count {
            let reason = decoder.reason(Array(whole.prefix(length)), as: .protobuf)
            #expect(reason == .malformed || reason == .missingField, "\(length) bytes")
        }
    }

    @Test func `unknown fields are counted, as many as a body holds`() throws {
        _ = try decoder.decode(Wire.bet().integer(15, 1).text(14, "x").bytes, as: .protobuf)
        #expect(decoder.unknownFieldCount == 2)
        var crowded = Wire.bet()
        while crowded.bytes.count + 2 <= 4096 { crowded = crowded.integer(15, 1) }
        _ = try decoder.decode(crowded.bytes, as: .protobuf)
        #expect(decoder.unknownFieldCount > 1900)
    }

    @Test func `of a field written twice the last counts, as Protocol Buffers have it`() throws {
        var wire = Wire.bet()
        for index in 0..<80 { wire = wire.text(2, "game_\(index)") }
        #expect(try decoder.decode(wire.bytes, as: .protobuf).gameID.description == "game_79")
    }

    @Test func `a body over the limit is too large`() {
        #expect(reason(Wire.bet().raw(15, [UInt8](repeating: 0, count: 4096))) == .tooLarge)
    }
}
