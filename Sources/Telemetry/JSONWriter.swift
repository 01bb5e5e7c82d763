/// Writes JSON text piece by piece; commas are its own business. Enough for log lines, stats and
/// reports; reading JSON is left to libraries.
package struct JSONWriter: Sendable {
    /// What was written so far.
    package private(set) var text = ""

    private var needsComma = false

    package init() {}

    package mutating func beginObject(_ key: String? = nil) { begin(key, "{") }

    package mutating func endObject() { end("}") }

    package mutating func beginArray(_ key: String? = nil) { begin(key, "[") }

    package mutating func endArray() { end("]") }

    package mutating func field(_ key: String, _ value: String) {
        name(key)
        string(value)
    }

    package mutating func field(_ key: String, _ value: some FixedWidthInteger) {
        field(key, rawNumber: String(value))
    }

    package mutating func field(_ key: String, _ value: Bool) {
        field(key, rawNumber: value ? "true" : "false")
    }

    /// A number in the caller's own decimal text, so that exact values stay exact.
    package mutating func field(_ key: String, rawNumber: String) {
        name(key)
        text += rawNumber
        needsComma = true
    }

    /// An element of an array, in the caller's own decimal text.
    package mutating func element(rawNumber: String) {
        separate()
        text += rawNumber
        needsComma = true
    }

    /// An element of an array.
    package mutating func element(_ value: String) {
        separate()
        string(value)
    }

    private mutating func begin(_ key: String?, _ bracket: String) {
        if let key { name(key) } else { separate() }
        text += bracket
        needsComma = false
    }

    private mutating func end(_ bracket: String) {
        text += bracket
        needsComma = true
    }

    private mutating func name(_ key: String) {
        separate()
        string(key)
        text += ":"
        needsComma = false
    }

    private mutating func separate() {
        if needsComma { text += "," }
        needsComma = false
    }

    private mutating func string(_ value: String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
        needsComma = true
    }
}
