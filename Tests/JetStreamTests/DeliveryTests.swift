import Testing

@testable import JetStream

@Suite
struct `Delivery subject` {
    private func parse(_ subject: String) -> Delivery? {
        let bytes = Array(subject.utf8)
        return unsafe Delivery(replySubject: bytes.span.bytes)
    }

    private static let expected = Delivery(
        streamSequence: 42,
        consumerSequence: 7,
        deliveredCount: 3,
        timestampNanoseconds: 1_700_000_000_123_456_789,
        pending: 12
    )

    @Test(arguments: [
        "$JS.ACK.bets_stream.bets_consumer.3.42.7.1700000000123456789.12",
        "$JS.ACK.hub.Ab3dEf9h.bets_stream.bets_consumer.3.42.7.1700000000123456789.12",
        "$JS.ACK.hub.Ab3dEf9h.bets_stream.bets_consumer.3.42.7.1700000000123456789.12.r4nd0m",
        "$JS.ACK._._.s.c.3.42.7.1700000000123456789.12.x",
        "$JS.ACK.s.c.03.042.007.1700000000123456789.12",
    ])
    func `yields its numbers in every form the servers use`(subject: String) {
        #expect(parse(subject) == Self.expected)
    }

    @Test
    func `takes the largest numbers that fit`() {
        let most = UInt64.max
        let delivery = parse("$JS.ACK.s.c.\(most).\(most).\(most).\(Int64.max).\(most)")
        #expect(delivery?.streamSequence == most)
        #expect(delivery?.timestampNanoseconds == .max)
        #expect(delivery?.pending == most)
    }

    @Test(arguments: [
        "",
        "$JS.ACK",
        "$JS.ACK.",
        "$JS.ACK........",
        "$JS.ACK.s.c.1.2.3.4",
        "$JS.ACK.s.c.1.2.3.4.5.6",
        "$JS.ACK.d.h.s.c.1.2.3.4.5.r.more",
        "$JS.ACK.d.h.s.c.1.2.3.4.5.",
        "$js.ack.s.c.1.2.3.4.5",
        "$JS_ACK.s.c.1.2.3.4.5",
        "$JS.API.STREAM.DELETE.s.c.1.2.3.4.5",
        "$JS.ACK..c.1.2.3.4.5",
        "$JS.ACK.s..1.2.3.4.5",
        "$JS.ACK.s.c..2.3.4.5",
        "$JS.ACK.s.c.1.2.3.4.",
        "$JS.ACK.s.c.0.2.3.4.5",
        "$JS.ACK.s.c.1.0.3.4.5",
        "$JS.ACK.s.c.1.2.0.4.5",
        "$JS.ACK.s.c.+1.2.3.4.5",
        "$JS.ACK.s.c.-1.2.3.4.5",
        "$JS.ACK.s.c.1.2.3.4.5x",
        "$JS.ACK.s.c.1.2e1.3.4.5",
        "$JS.ACK.s.c.1. 2.3.4.5",
        "$JS.ACK.s.c.1.٢.3.4.5",
        "$JS.ACK.s.c.1.18446744073709551616.3.4.5",
        "$JS.ACK.s.c.1.99999999999999999999999999.3.4.5",
        "$JS.ACK.s.c.1.2.3.9223372036854775808.5",
        "$JS.ACK.s.c.1.2.3.4\u{0}.5",
        "_INBOX.abc.1",
        "bets",
    ])
    func `is refused when it is anything else`(subject: String) {
        #expect(parse(subject) == nil)
    }

    @Test
    func `never traps on random bytes`() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SplitMix(state: seed)
        let alphabet = Array("$JS.ACK.019.\u{0}~".utf8)
        for _ in 0..<20_000 {
            let length = Int(random.next() % 60)
            var bytes = Array("$JS.ACK.".utf8)
            for _ in 0..<length {
                bytes.append(alphabet[Int(random.next() % UInt64(alphabet.count))])
            }
            let delivery = unsafe Delivery(replySubject: bytes.span.bytes)
            #expect(delivery == nil || delivery?.streamSequence ?? 0 > 0, "seed \(seed)")
        }
    }
}

/// A small seeded generator.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
