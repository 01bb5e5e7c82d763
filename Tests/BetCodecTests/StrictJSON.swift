/// A slow second opinion on what is strict JSON for a bet: one object, valid UTF-8, no NUL, no lone
/// surrogate, no key twice, at most eight levels. Shares nothing with the code it judges.
struct StrictJSON {
    private let bytes: [UInt8]
    private var index = 0

    static func accepts(_ bytes: [UInt8]) -> Bool {
        guard String(validating: bytes, as: UTF8.self) != nil else { return false }
        var parser = StrictJSON(bytes: bytes)
        parser.skipSpace()
        guard parser.peek == UInt8(ascii: "{"), parser.value(depth: 1) else { return false }
        parser.skipSpace()
        return parser.index == bytes.count
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = peek, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { index += 1 }
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard let byte = peek, Unicode.Scalar(byte) == scalar else { return false }
        index += 1
        return true
    }

    private mutating func value(depth: Int) -> Bool {
        switch peek.map({ Character(Unicode.Scalar($0)) }) {
        case "{": return depth <= 8 && object(depth: depth)
        case "[": return depth <= 8 && array(depth: depth)
        case "\"": return string() != nil
        case "t": return word("true")
        case "f": return word("false")
        case "n": return word("null")
        default: return number()
        }
    }

    private mutating func object(depth: Int) -> Bool {
        var keys: Set<[UInt16]> = []
        index += 1
        skipSpace()
        if take("}") { return true }
        while true {
            skipSpace()
            guard let key = string(), keys.insert(key).inserted else { return false }
            skipSpace()
            guard take(":") else { return false }
            skipSpace()
            guard value(depth: depth + 1) else { return false }
            skipSpace()
            if take("}") { return true }
            guard take(",") else { return false }
        }
    }

    private mutating func array(depth: Int) -> Bool {
        index += 1
        skipSpace()
        if take("]") { return true }
        while true {
            skipSpace()
            guard value(depth: depth + 1) else { return false }
            skipSpace()
            if take("]") { return true }
            guard take(",") else { return false }
        }
    }

    private mutating func word(_ word: String) -> Bool {
        guard bytes[index...].starts(with: word.utf8) else { return false }
        index += word.utf8.count
        return true
    }

    private mutating func number() -> Bool {
        _ = take("-")
        if !take("0") { guard digits() else { return false } }
        if take(".") { guard digits() else { return false } }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            guard digits() else { return false }
        }
        return true
    }

    private mutating func digits() -> Bool {
        let start = index
        while let byte = peek, (0x30...0x39).contains(byte) { index += 1 }
        return index > start
    }

    /// The UTF-16 of a string, nil when it is none.
    private mutating func string() -> [UInt16]? {
        guard take("\"") else { return nil }
        var units: [UInt16] = []
        while let byte = peek, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { return nil }
            index += 1
            if byte == UInt8(ascii: "\\") {
                guard let unit = escape() else { return nil }
                units.append(unit)
            } else if byte < 0x80 {
                units.append(UInt16(byte))
            } else {
                let start = index - 1
                while let next = peek, next & 0xc0 == 0x80 { index += 1 }
                units.append(
                    contentsOf: String(decoding: bytes[start..<index], as: UTF8.self).utf16
                )
            }
        }
        guard take("\""), !units.contains(0) else { return nil }
        return String(validating: units, as: UTF16.self) == nil ? nil : units
    }

    private mutating func escape() -> UInt16? {
        guard let letter = peek else { return nil }
        index += 1
        switch Character(Unicode.Scalar(letter)) {
        case "\"", "\\", "/": return UInt16(letter)
        case "b": return 8
        case "f": return 12
        case "n": return 10
        case "r": return 13
        case "t": return 9
        case "u":
            guard index + 4 <= bytes.count else { return nil }
            let digits = bytes[index..<index + 4]
            guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit && $0 < 0x80 })
            else {
                return nil
            }
            index += 4
            return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        default: return nil
        }
    }
}
