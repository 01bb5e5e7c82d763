import Testing

@testable import StrictJSON

@Suite struct `Strict JSON` {
    private static func read(_ text: String, bytesMax: Int = 4_096) throws(JSONError) -> JSONObject
    {
        var reader = StrictJSON(bytesMax: bytesMax)
        let bytes = Array(text.utf8)
        return try unsafe reader.read(bytes.span.bytes)
    }

    @Test func `hands out every member under its name`() throws {
        let object = try Self.read(
            #"{"a":-1.50e2,"b":"x\u00e9\n","c":[true,"y",[1],{"z":2}],"d":{"e":[3]},"f":null}"#
        )
        #expect(object["a"] == .number("-1.50e2"))
        #expect(object["b"] == .string("xé\n"))
        #expect(object["c"] == .array([.boolean(true), .string("y"), .array([]), .object]))
        #expect(object["d"] == .object)
        #expect(object["f"] == .null)
        #expect(object["e"] == nil)
        #expect(object.members.map(\.name) == ["a", "b", "c", "d", "f"])
    }

    private static let nine =
        String(repeating: #"{"a":"#, count: 9) + "1" + String(repeating: "}", count: 9)
    private static let long = #"{"a":""# + String(repeating: "x", count: 5_000) + #""}"#
    private static let wide = object(33)

    private static func object(_ members: Int) -> String {
        "{" + (0..<members).map { "\"k\($0)\":1" }.joined(separator: ",") + "}"
    }

    /// Two objects that are open together, with so many keys.
    private static func nested(_ keys: Int) -> String { "{\"n\":" + object(keys - 1) + "}" }

    /// The same texts with something behind their last member that is not JSON.
    private static func spoilt(_ text: String) -> String {
        let end = text.firstIndex(of: "}") ?? text.endIndex
        return String(text[..<end]) + ",\"x\":01 ?" + String(text[end...])
    }

    /// Objects that are open one after the other.
    private static let many =
        "{\"a\":[" + Array(repeating: object(200), count: 10).joined(separator: ",") + "]}"

    private static let refused: [(String, JSONError)] = [
        ("", .empty), ("[]", .notAnObject), ("7", .notAnObject), (#"{"a":1"#, .notJSON),
        (#"{"a":1}{"b":2}"#, .trailing), (#"{"a":1,"a":1}"#, .duplicateKey),
        (#"{"b":{"a":1,"\u0061":2}}"#, .duplicateKey), (#"{"a":01}"#, .badLiteral),
        (#"{"a":NaN}"#, .badLiteral), (#"{"a":"\u0000"}"#, .badString),
        (#"{"a":"\ud800"}"#, .badString), (nine, .tooDeep), (long, .tooLong), (wide, .tooMany),
        (#"{"a":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}"#, .tooMany),
    ]

    @Test(arguments: refused)
    func `refuses`(text: String, error: JSONError) {
        #expect(throws: error) { try Self.read(text) }
    }

    private static let bounds: [(String, JSONError?)] = [
        (object(32), nil), (object(64), .tooMany), (object(65), .tooMany),
        (object(2_300), .tooMany), (nested(255), nil), (nested(256), nil), (nested(257), .tooMany),
        (nested(2_300), .tooMany), (many, nil),
        // Reading ends there: what is wrong further on is not found any more.
        (spoilt(object(63)), .badLiteral), (spoilt(object(64)), .tooMany),
        (spoilt(object(65)), .tooMany), (spoilt(object(2_300)), .tooMany),
        (spoilt(nested(255)), .badLiteral), (spoilt(nested(256)), .tooMany),
        (spoilt(nested(257)), .tooMany),
    ]

    @Test(arguments: bounds)
    func `reads no further than 64 members, or 256 keys of open objects`(
        text: String,
        error: JSONError?
    ) {
        if let error {
            #expect(throws: error) { try Self.read(text, bytesMax: 100_000) }
        } else {
            #expect(throws: Never.self) { try Self.read(text, bytesMax: 100_000) }
        }
    }

    @Test func `refuses what is no UTF-8`() {
        var reader = StrictJSON(bytesMax: 100)
        let bytes: [UInt8] = Array(#"{"a":""#.utf8) + [0xC0, 0x80] + Array(#""}"#.utf8)
        #expect(throws: JSONError.notUTF8) { try unsafe reader.read(bytes.span.bytes) }
    }

    @Test func `a reader forgets the text before`() throws {
        var reader = StrictJSON(bytesMax: 100)
        for text in [#"{"a":[1,2],"b":1}"#, #"{"c":2}"#] {
            let bytes = Array(text.utf8)
            let object = try unsafe reader.read(bytes.span.bytes)
            #expect(object["a"] == nil || object["c"] == nil)
            if text.contains("c") { #expect(object.members.count == 1) }
        }
    }
}
