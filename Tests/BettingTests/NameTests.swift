import Betting
import Testing

@Suite struct BetIDTests {
    @Test func `any case is read, lower case is written`() throws {
        let id = try #require(BetID("0189F7E2-1a2B-7c3d-8e4f-5a6b7c8d9e0f"))
        #expect(id.description == "0189f7e2-1a2b-7c3d-8e4f-5a6b7c8d9e0f")
        #expect(id.high == 0x0189_f7e2_1a2b_7c3d)
        #expect(id.low == 0x8e4f_5a6b_7c8d_9e0f)
        #expect(BetID(id.description.uppercased()) == id)
    }

    @Test(arguments: [
        "", "00000000-0000-0000-0000-000000000000", "{0189f7e2-1a2b-7c3d-8e4f-5a6b7c8d9e0f}",
        "0189f7e21a2b7c3d8e4f5a6b7c8d9e0f", "0189f7e2-1a2b-7c3d-8e4f-5a6b7c8d9e0",
        "0189f7e2-1a2b-7c3d-8e4f-5a6b7c8d9e0f0", "0189f7e2-1a2b-7c3d-8e4f_5a6b7c8d9e0f",
        "0189g7e2-1a2b-7c3d-8e4f-5a6b7c8d9e0f", "0189f7e-21a2b-7c3d-8e4f-5a6b7c8d9e0f",
        "not-a-uuid", "urn:uuid:0189f7e2-1a2b-7c3d-8e4f-5a6b7c8d9e0f",
    ])
    func `what is no UUID, and the nil UUID, is refused`(text: String) {
        #expect(BetID(text) == nil)
    }

    @Test func `the order is that of the text`() throws {
        let texts = [
            "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-8000-000000000000",
            "00000001-0000-0000-0000-000000000000", "80000000-0000-0000-0000-000000000000",
        ]
        let ids = try texts.map { try #require(BetID($0)) }
        #expect(ids.shuffled().sorted().map(\.description) == texts)
    }
}

@Suite struct IdentifierTests {
    @Test func `exactly the alphabet is allowed`() {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-"
        for byte in UInt8.min ... .max {
            let bytes = [byte]
            let isAllowed = alphabet.utf8.contains(byte)
            #expect((Identifier(bytes.span) != nil) == isAllowed, "byte \(byte)")
        }
    }

    @Test(arguments: [
        "", String(repeating: "a", count: 65), "game 1", "'; DROP TABLE bets;--", "<script>",
        "a\0b",
        "game\u{202E}1", "gäme", "g\u{200B}", "😀", "a/b", "a*", "a>", "a\n",
    ])
    func `anything else is refused`(text: String) {
        #expect(Identifier(text) == nil)
    }

    @Test func `the bytes come back as they were`() throws {
        let long = String(repeating: "x9", count: 32)
        for text in ["a", "-", "game_123", "NBA:LAL-BOS.2025", long] {
            let identifier = try #require(Identifier(text))
            #expect(identifier.description == text)
            #expect(identifier.count == text.utf8.count)
            #expect(identifier.withUTF8 { $0.count } == text.utf8.count)
            var bytes: [UInt8] = []
            identifier.appendUTF8(to: &bytes)
            #expect(bytes == Array(text.utf8))
        }
    }

    @Test func `equal names are equal and hash alike, others differ`() throws {
        #expect(Identifier("-") == Identifier.none)
        #expect(Identifier("game_1") != Identifier("game_12"))
        let names = Set((0..<1000).compactMap { Identifier("game_\($0 % 100)") })
        #expect(names.count == 100)
        #expect(try #require(Identifier("a.b")) < #require(Identifier("a.b1")))
        #expect(try #require(Identifier("Z")) < #require(Identifier("a")))
    }
}

@Suite struct BetTypeTests {
    @Test func `the types are the closed list of the contract`() {
        #expect(
            BetType.allCases.map(\.name) == [
                "moneyline", "spread", "total", "player_prop", "game_prop", "parlay", "teaser",
                "matched",
            ]
        )
        for type in BetType.allCases { #expect(BetType(name: type.name) == type) }
    }

    @Test(arguments: ["", "Moneyline", "moneyline ", "money", "playerProp", "moneylines", "spreae"])
    func `another name is none`(name: String) {
        #expect(BetType(name: name) == nil)
    }

    @Test func `a bet is plain bytes`() {
        #expect(_isPOD(Bet.self))
    }
}
