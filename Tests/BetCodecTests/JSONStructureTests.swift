import BetCodec
import Betting
import Testing

@Suite struct JSONStructureTests {
    private let decoder = BetDecoder()
    private static let valid = BetJSON().text

    @Test(arguments: [
        "", " ", "\n", "null", "42", "true", #""text""#, "[]", "[\(valid)]", "{", "}", "{]", "[}",
        String(valid.dropLast()), valid + "x", valid + valid, valid + ",", valid + "}", valid + "]",
        valid + "\0", "\0" + valid, "x" + valid, "\u{FEFF}" + valid, "{" + valid + "}",
        #"{"a"}"#, #"{"a":}"#, #"{:1}"#, #"{,}"#, #"{"a":1,}"#, #"{,"a":1}"#, #"{"a":1,,"b":2}"#,
        #"{"a":1 "b":2}"#, #"{"a" 1}"#, #"{a:1}"#, #"{'a':1}"#, #"{"a"::1}"#, #"{"a":"b":1}"#,
        #"{"a":1;"b":2}"#, #"{"a":[1,]}"#, #"{"a":[,1]}"#, #"{"a":[1 2]}"#, #"{"a":[1}"#,
        #"{"a":{"b":1]}"#, #"{"a":{]}"#, #"{"a":/**/1}"#, #"{"a":1}//"#, #"{1:1}"#, #"{null:1}"#,
        #"{"a":"b" "c"}"#, #"{"a":1"b"}"#, #"{"a":"b"1}"#, #"{"a"x:1}"#, #"{"a":[]1}"#,
        #"{"a":{}{}}"#,
        "{\"a\":1\u{0C}}", "{\"a\":\u{0B}1}", "{\u{A0}\"a\":1}", "{\"a\":1\u{1A}}",
    ])
    func `what is not one strict object is malformed`(text: String) {
        #expect(decoder.reason(text) == .malformed)
    }

    @Test(arguments: [
        "01", "-01", "00", ".5", "5.", "+1", "1e", "1e+", "0x10", "NaN", "Infinity", "-Infinity",
        "-", "1_000", "1;5", "tru", "truee", "True", "nul", "nulll", "undefined", "falsey", "1a",
        "١",
    ])
    func `a value that JSON does not know is malformed, in any field`(value: String) {
        #expect(decoder.reason(BetJSON().with("amount", value).text) == .malformed)
        #expect(decoder.reason(BetJSON().with("unknown", value).text) == .malformed)
        #expect(decoder.reason(BetJSON().with("unknown", #"{"a":[\#(value)]}"#).text) == .malformed)
    }

    @Test(arguments: [
        #""\u0000""#, #""a\u0000b""#, #""\ud800""#, #""\udc00""#, #""\ud800x""#, #""\ud800\u0041""#,
        #""\udc00\ud800""#, #""\ud800\ud800""#, #""\x41""#, #""\u12""#, #""\u12g4""#, #""\u""#,
        #""\ ""#,
        #""\u+123""#, "\"a\nb\"", "\"a\tb\"", "\"a\0b\"", "\"a\u{1F}\"", #""abc"#, #""abc\""#,
        #""\U0041""#,
    ])
    func `a bad string is malformed, in any field, as a key too`(string: String) {
        for name in ["game_id", "unknown"] {
            #expect(decoder.reason(BetJSON().with(name, string).text) == .malformed)
        }
        #expect(
            decoder.reason(BetJSON().with("unknown", #"[{"a":\#(string)}]"#).text) == .malformed
        )
        #expect(decoder.reason(BetJSON().with("unknown", #"{\#(string):1}"#).text) == .malformed)
    }

    @Test(
        arguments: [
            [0xff], [0xc0, 0x80], [0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80],
            [0xf4, 0x90, 0x80, 0x80],
            [0xf0, 0x80, 0x80, 0xaf], [0x80],
        ] as [[UInt8]]
    )
    func `invalid UTF-8 is malformed, in any field`(bytes: [UInt8]) {
        for name in ["game_id", "unknown"] {
            let parts = BetJSON().with(name, "\"@\"").text.split(separator: "@")
            let body = Array(parts[0].utf8) + bytes + Array(parts[1].utf8)
            #expect(decoder.reason(body) == .malformed)
        }
    }

    @Test(arguments: [
        ("amount", "42.5"), (#"i\u0064"#, "1"), ("unknown", #"{"a":1,"a":1}"#),
        ("unknown", #"[{"a":1,"b":{"c":[],"\u0063":[]}}]"#), ("unknown", #"{"":1,"":2}"#),
        ("unknown", #"{"é":1,"\u00e9":2}"#), ("unknown", #"{"\ud83d\ude00":1,"😀":2}"#),
    ])
    func `a key twice in one object is malformed`(name: String, value: String) {
        var bet = BetJSON()
        bet.fields.append((name, value))
        #expect(decoder.reason(bet.text) == .malformed)
    }

    @Test func `the same key in different objects is fine`() throws {
        let bet = BetJSON().with("unknown", #"[{"a":{"a":[{"a":1}]}},{"a":1,"id":2},{}]"#)
        _ = try decoder.decode(bet.text)
        #expect(decoder.unknownFieldCount == 1)
    }

    @Test func `eight levels are read, nine are malformed, and depth costs nothing`() throws {
        let nested = { (levels: Int) in
            String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        }
        _ = try decoder.decode(BetJSON().with("unknown", nested(7)).text)
        #expect(decoder.reason(BetJSON().with("unknown", nested(8)).text) == .malformed)
        let objects =
            String(repeating: #"{"a":"#, count: 8) + "1" + String(repeating: "}", count: 8)
        #expect(decoder.reason(BetJSON().with("unknown", objects).text) == .malformed)
        #expect(decoder.reason(String(repeating: "[", count: 4096)) == .malformed)
        #expect(decoder.reason(String(repeating: #"{"a":"#, count: 800)) == .malformed)
        let large = BetDecoder(limits: BetLimits(bodyBytesMax: 1 << 20))
        #expect(large.reason(BetJSON().with("unknown", nested(100_000)).text) == .malformed)
    }

    @Test func `space and escapes anywhere make no difference`() throws {
        let plain = try decoder.decode(BetJSON().text)
        let spaced = BetJSON().text.replacing(":", with: " \t:\r\n ")
            .replacing("T12 \t:\r\n 00 \t:\r\n 00", with: "T12:00:00")
        #expect(try decoder.decode(" \n" + spaced + "\t\r\n ") == plain)
        let escaped = BetJSON().text.replacing("game_123", with: #"\u0067ame\u005F123"#)
            .replacing("\"id\"", with: #""\u0069\u0064""#)
        #expect(try decoder.decode(escaped) == plain)
    }

    @Test func `a body at the limit is read, one byte more is too large`() throws {
        let empty = BetJSON().with("unknown", #""""#).text
        let padding = String(repeating: "x", count: 4096 - empty.utf8.count)
        let full = BetJSON().with("unknown", #""\#(padding)""#).text
        #expect(full.utf8.count == 4096)
        _ = try decoder.decode(full)
        #expect(decoder.reason(full + " ") == .tooLarge)
        #expect(decoder.reason(String(repeating: "x", count: 1 << 20)) == .tooLarge)
    }

    @Test func `what an earlier message left behind does not complete a later one`() throws {
        let body = BetJSON().text
        for length in 1..<body.utf8.count {
            _ = try decoder.decode(body)
            #expect(decoder.reason(String(body.prefix(length))) == .malformed, "\(length) bytes")
        }
    }

    @Test func `a limit of a few bytes holds for keys too`() {
        let nested = String(repeating: #"{"":"#, count: 8)
        for extra in ["}", "1}", "1,}", "1}}}}}}}}"] {
            let body = nested + extra
            let small = BetDecoder(limits: BetLimits(bodyBytesMax: body.utf8.count))
            #expect(small.reason(body) == (extra.count == 9 ? .missingField : .malformed))
        }
    }

    private func keys(_ count: Int) -> String {
        (0..<count).map { #""\#(String($0, radix: 36))":0"# }.joined(separator: ",")
    }

    @Test func `256 keys of open objects are read, one more is malformed`() throws {
        let outside = BetJSON().with("unknown", "{}").fields.count
        for count in [1, 255 - outside, 256 - outside] {
            _ = try decoder.decode(BetJSON().with("unknown", "{\(keys(count))}").text)
        }
        for count in [257 - outside, 450] {
            let body = BetJSON().with("unknown", "{\(keys(count))}").text
            #expect(decoder.reason(body) == .malformed)
        }
        let members = String(repeating: #"{"":0},"#, count: 500) + "{}"
        _ = try decoder.decode(BetJSON().with("unknown", "[\(members)]").text)
    }

    @Test func `64 fields are read, one more is malformed, and nothing behind it is read`() throws {
        let large = BetDecoder(limits: BetLimits(bodyBytesMax: 1 << 16))
        let known = BetJSON().fields.count
        func body(_ count: Int) -> String {
            String(BetJSON().text.dropLast()) + ",\(keys(count - known))}"
        }
        func spoilt(_ text: String) -> String { String(text.dropLast()) + #","not_json":01 ?}"# }
        _ = try large.decode(body(64))
        #expect(large.unknownFieldCount == 64 - known)
        for text in [body(65), body(2_300), spoilt(body(64)), spoilt(body(2_300))] {
            #expect(throws: BetRejection(.malformed, "body: too many members")) {
                try large.decode(text)
            }
        }
        #expect(throws: BetRejection(.malformed, "body: a value that JSON does not know")) {
            try large.decode(spoilt(body(63)))
        }
    }
}
