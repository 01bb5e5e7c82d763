import Foundation
import Telemetry
import Testing

@Suite
struct JSONWriterTests {
    @Test
    func `commas stand between values and nowhere else`() {
        var json = JSONWriter()
        json.beginObject()
        json.beginArray("a")
        json.endArray()
        json.beginArray("b")
        json.element("x")
        json.element(rawNumber: "1.50")
        json.beginArray()
        json.element(rawNumber: "2")
        json.endArray()
        json.beginObject()
        json.endObject()
        json.endArray()
        json.beginObject("c")
        json.field("d", true)
        json.field("e", UInt8(7))
        json.endObject()
        json.field("f", rawNumber: "0.00000001")
        json.endObject()
        #expect(
            json.text
                == #"{"a":[],"b":["x",1.50,[2],{}],"c":{"d":true,"e":7},"f":0.00000001}"#
        )
    }

    @Test
    func `every character comes back as it was`() throws {
        let all = String(String.UnicodeScalarView((0..<0x3000).compactMap { Unicode.Scalar($0) }))
        var json = JSONWriter()
        json.beginArray()
        json.element(all)
        json.element("🎲\u{10ffff}")
        json.endArray()
        let read = try JSONDecoder().decode([String].self, from: Data(json.text.utf8))
        #expect(read == [all, "🎲\u{10ffff}"])
        #expect(json.text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f })
    }
}
