/// Writes values as the texts Postgres reads.
enum TextEncoding {
    private static let hexadecimal = Array("0123456789abcdef".utf8)

    /// `units` · 10^-`scale` in plain decimals; `scale` below 0 counts as 0.
    static func append(units: Int128, scale: Int, to text: inout [UInt8]) {
        if units < 0 { text.append(UInt8(ascii: "-")) }
        let magnitude = units.magnitude
        // The narrower number is written several times as fast.
        let digits = Array(
            (UInt64(exactly: magnitude).map { String($0) } ?? String(magnitude)).utf8
        )
        let scale = max(0, scale)
        let whole = max(0, digits.count - scale)
        if whole == 0 { text.append(UInt8(ascii: "0")) }
        text += digits[..<whole]
        guard scale > 0 else { return }
        text.append(UInt8(ascii: "."))
        text += repeatElement(UInt8(ascii: "0"), count: scale - (digits.count - whole))
        text += digits[whole...]
    }

    static func append(uuid: (UInt64, UInt64), to text: inout [UInt8]) {
        for index in 0..<32 {
            if index == 8 || index == 12 || index == 16 || index == 20 {
                text.append(UInt8(ascii: "-"))
            }
            let half = index < 16 ? uuid.0 : uuid.1
            text.append(hexadecimal[Int(half >> UInt64(60 - index % 16 * 4) & 15)])
        }
    }

    static func append(bytes: [UInt8], to text: inout [UInt8]) {
        text += "\\x".utf8
        for byte in bytes {
            text.append(hexadecimal[Int(byte >> 4)])
            text.append(hexadecimal[Int(byte & 15)])
        }
    }

    /// One array: elements between braces; nil writes NULL.
    static func append<Element>(
        array: [Element],
        to text: inout [UInt8],
        _ element: (Element, inout [UInt8]) -> Void
    ) {
        text.append(UInt8(ascii: "{"))
        for (index, value) in array.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            element(value, &text)
        }
        text.append(UInt8(ascii: "}"))
    }

    /// A text as an element of an array: quoted, with quotes and backslashes escaped.
    static func append(quoted value: String, to text: inout [UInt8]) {
        text.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                text.append(UInt8(ascii: "\\"))
            }
            text.append(byte)
        }
        text.append(UInt8(ascii: "\""))
    }

    /// A value as SQL writes it, of no type yet: in single quotes, those of its text doubled, which is
    /// all that `standard_conforming_strings` asks for.
    static func append(literal value: PostgresValue, to text: inout [UInt8]) {
        if case .null = value { return text += "NULL".utf8 }
        var bytes: [UInt8] = []
        if case .bytes(let value) = value {
            append(bytes: value, to: &bytes)
        } else {
            append(value, to: &bytes)
        }
        let quote = UInt8(ascii: "'")
        text.append(quote)
        for byte in bytes {
            if byte == quote { text.append(quote) }
            text.append(byte)
        }
        text.append(quote)
    }
}
