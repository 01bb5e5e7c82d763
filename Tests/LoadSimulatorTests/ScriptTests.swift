import BetCodec
import Betting
import Testing

@testable import load_simulator

@Suite struct ScriptTests {
    private static let started = Timestamp(microseconds: 1_763_704_800_000_000)

    private func script(_ change: (inout Content) -> Void = { _ in }, seed: UInt64 = 7) -> Script {
        var content = Content()
        change(&content)
        return Script(content, seed: seed, pace: Pace(), started: Self.started)
    }

    private func decode(_ message: Message) throws -> Bet {
        let type = try #require(ContentType(headerValue: message.contentType))
        return try unsafe BetDecoder().decode(message.body.span.bytes, as: type)
    }

    @Test func `a plain bet is the seed program's`() throws {
        let script = script()
        for index in 0..<500 as Range<UInt64> {
            let message = script.message(index)
            let bet = try decode(message)
            #expect(bet.gameID.description == "game_123")
            #expect(bet.betType == .moneyline)
            #expect((1...100).contains(bet.amount.units / Money.unitsPerWhole))
            #expect(bet.amount.units % Money.unitsPerWhole == 0)
            #expect(message.id == bet.id.description)
            #expect(message.messageID == message.id)
            #expect(message.contentType == nil)
            #expect(Array(message.id)[14] == "4")
            #expect("89ab".contains(Array(message.id)[19]))
        }
    }

    /// A journal of an older build must mean the same messages to a newer one.
    @Test func `a seed and a number are the same message for ever`() {
        let body = String(decoding: script().message(3).body, as: UTF8.self)
        #expect(body == Self.golden)
    }

    private static let golden =
        #"{"id":"2793bb8f-d31d-4acb-839d-38996077790a","game_id":"game_123","#
        + #""bet_type":"moneyline","amount":100,"timestamp":"2025-11-21T06:00:00.000003Z"}"#

    @Test func `ids never repeat but where they are meant to`() {
        let script = script()
        #expect(Set((0..<20_000).map { script.message(UInt64($0)).id }).count == 20_000)
        #expect(self.script(seed: 8).message(0).id != script.message(0).id)
    }

    @Test func `both encodings carry the same bets`() throws {
        let fill: (inout Content) -> Void = { content in
            (content.games, content.users, content.selections) = (5, 3, 2)
            content.betTypes = [.spread, .total]
        }
        let json = script(fill)
        let protobuf = script {
            fill(&$0)
            $0.encoding = .protobuf
        }
        for index in 0..<300 as Range<UInt64> {
            let bet = try decode(json.message(index))
            #expect(try decode(protobuf.message(index)) == bet)
            #expect(bet == json.bet(index))
        }
    }

    @Test func `repetitions carry an earlier bet, half of them under its message id`() throws {
        let script = script { $0.duplicates = 0.3 }
        var counts = (same: 0, other: 0)
        var messageIDs: Set<String> = []
        for index in 0..<5_000 as Range<UInt64> {
            let message = script.message(index)
            guard case .repetition(let origin, let hasSameMessageID) = script.role(of: index) else {
                #expect(messageIDs.insert(message.messageID).inserted)
                continue
            }
            #expect(origin < index)
            #expect(script.role(of: origin) == .bet)
            #expect(message.body == script.message(origin).body)
            if hasSameMessageID { counts.same += 1 } else { counts.other += 1 }
            #expect(messageIDs.insert(message.messageID).inserted == !hasSameMessageID)
        }
        #expect((600...900).contains(counts.same))
        #expect((600...900).contains(counts.other))
    }

    @Test func `malformed messages are rejected, each kind for its reason`() {
        let script = script { $0.malformed = 1 }
        var reasons: Set<RejectionReason> = []
        for index in 0..<300 as Range<UInt64> {
            let message = script.message(index)
            guard let type = ContentType(headerValue: message.contentType) else {
                reasons.insert(.contentType)
                continue
            }
            let rejection = #expect(throws: BetRejection.self) {
                try unsafe BetDecoder().decode(message.body.span.bytes, as: type)
            }
            if let rejection { reasons.insert(rejection.reason) }
        }
        #expect(
            reasons == [
                .malformed, .contentType, .missingField, .wrongType, .badID, .amountRange,
                .amountPrecision, .badTimestamp,
            ]
        )
    }
}

@Suite struct PaceTests {
    @Test(arguments: [(100.0, 0.0), (0.5, 0), (1000, 4), (33, 1.5)])
    func `a message is counted as due once its time has come`(rate: Double, ramp: Double) {
        var pace = Pace()
        pace.rate = rate
        pace.rampSeconds = ramp
        #expect(pace.dueNanoseconds(0) == 0)
        #expect(pace.dueCount(nanoseconds: 0) == 1)
        for index in stride(from: 1 as UInt64, to: 5_000, by: 7) {
            let due = pace.dueNanoseconds(index)
            #expect(pace.dueCount(nanoseconds: due + 2_000) >= index + 1)
            #expect(pace.dueCount(nanoseconds: due - 2_000) <= index)
        }
    }
}
