import BetCodec
import Betting
import TestSupport
import Testing

@Suite struct RandomBodyTests {
    private let decoder = BetDecoder()

    private func randomBet(_ generator: inout SeededGenerator) throws -> Bet {
        let alphabet = Array("ABCXYZabcxyz0189_.:-".utf8)
        func identifier(_ generator: inout SeededGenerator) throws -> Identifier {
            let bytes = (0..<Int.random(in: 1...64, using: &generator)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            }
            return try #require(Identifier(String(decoding: bytes, as: UTF8.self)))
        }
        return Bet(
            id: try #require(BetID(high: generator.next(), low: generator.next() | 1)),
            gameID: try identifier(&generator),
            betType: BetType.allCases[Int.random(in: 0..<8, using: &generator)],
            selection: Bool.random(using: &generator) ? .none : try identifier(&generator),
            amount: Money(units: .random(in: 1...1_000_000_000_000, using: &generator)),
            userID: Bool.random(using: &generator)
                ? nil : Int64.random(in: 1 ... .max, using: &generator),
            placedAt: Timestamp(
                microseconds: .random(
                    in: 946_684_800_000_000..<4_133_980_800_000_000,
                    using: &generator
                )
            )
        )
    }

    @Test func `every bet comes back from either encoding`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let bet = try randomBet(&generator)
            for type in ContentType.allCases {
                var bytes: [UInt8] = []
                BetEncoder.encode(bet, as: type, into: &bytes)
                #expect(try decoder.decode(bytes, as: type) == bet, "seed \(seed)")
                #expect(decoder.unknownFieldCount == 0, "seed \(seed)")
            }
        }
    }

    /// Bytes that matter to a parser, so that a change often stays close to something valid.
    private static let splices: [[UInt8]] =
        [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "\\ud800", "\\ud83d\\ude00",
            "\\\"", " ", "\n",
            "\u{0C}", "0", "-", ".", "e", "1e400", "null", "true", "nul", "{}", "[]", "[1]",
            "\"a\"", "\"a\":1,",
            ",\"id\":1", "\u{FEFF}", "é", "\u{1A}", "/", "//",
        ].map { Array($0.utf8) } + [[0], [0xff], [0xc3], [0x80], [0x1f]]

    private static let extras = [
        "", #","x":[{"a":1,"b":[true,false,null]},{"a":"\u00e9\n"}]"#, #","x":{"y":{"z":-1.5e+3}}"#,
        #","selection":"home","user_id":12"#, #","":"","é":{}"#,
    ]

    private func mutate(_ body: inout [UInt8], _ generator: inout SeededGenerator) {
        for _ in 0..<Int.random(in: 1...3, using: &generator) where !body.isEmpty {
            let index = Int.random(in: 0..<body.count, using: &generator)
            let length = min(body.count - index, Int.random(in: 1...4, using: &generator))
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: body.remove(at: index)
            case 1: body[index] = UInt8.random(in: 0 ... .max, using: &generator)
            case 2: body.insert(contentsOf: body[index..<index + length], at: index)
            case 3: body.removeSubrange(index..<index + length)
            case 4: body.removeLast(length)
            default:
                let choice = Int.random(in: 0..<Self.splices.count, using: &generator)
                body.insert(contentsOf: Self.splices[choice], at: index)
            }
        }
    }

    @Test func `a changed JSON body is judged as a second parser judges it`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        var accepted = 0
        for _ in 0..<60_000 {
            var body: [UInt8] = []
            BetEncoder.json(try randomBet(&generator), into: &body)
            body.removeLast()
            let extra = Self.extras[Int.random(in: 0..<Self.extras.count, using: &generator)]
            body.append(contentsOf: (extra + "}").utf8)
            mutate(&body, &generator)
            let reason = decoder.reason(body)
            let text = String(decoding: body, as: UTF8.self)
            #expect((reason != .malformed) == StrictJSON.accepts(body), "seed \(seed): \(text)")
            if reason == nil { accepted += 1 }
            try expectStable(body, .json, seed)
        }
        #expect(accepted > 1_000, "seed \(seed): too few bodies stay bets to mean anything")
    }

    @Test func `a changed protobuf body never does harm`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<30_000 {
            var body: [UInt8] = []
            BetEncoder.protobuf(try randomBet(&generator), into: &body)
            mutate(&body, &generator)
            try expectStable(body, .protobuf, seed)
        }
    }

    @Test func `noise never does harm`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<10_000 {
            let length = Int.random(in: 0...300, using: &generator)
            let body = (0..<length).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
            for type in ContentType.allCases { try expectStable(body, type, seed) }
        }
    }

    /// What is accepted is the same bet after it was written and read again, in either encoding.
    private func expectStable(_ body: [UInt8], _ type: ContentType, _ seed: UInt64) throws {
        guard let bet = try? decoder.decode(body, as: type) else { return }
        for type in ContentType.allCases {
            var bytes: [UInt8] = []
            BetEncoder.encode(bet, as: type, into: &bytes)
            #expect(try decoder.decode(bytes, as: type) == bet, "seed \(seed)")
        }
    }
}
