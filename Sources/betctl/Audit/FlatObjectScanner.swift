/// Reads a JSON object of strings without escapes, integers and truth values: what a journal holds.
struct FlatObjectScanner {
    enum Value: Equatable {
        case string(String)
        case integer(Int64)
        case bool(Bool)
    }

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The value of the first field if that has this name.
    mutating func value(of name: String) -> Value? {
        position = 0
        guard take("{"), let (key, value) = field(), key == name else { return nil }
        return value
    }

    /// All fields, nil if the line is not such an object from its beginning to its end.
    mutating func fields() -> [String: Value]? {
        position = 0
        guard take("{") else { return nil }
        var fields: [String: Value] = [:]
        repeat {
            guard let (key, value) = field(), fields.updateValue(value, forKey: key) == nil else {
                return nil
            }
        } while take(",")
        guard take("}") else { return nil }
        skipSpace()
        return position == bytes.count ? fields : nil
    }

    private mutating func field() -> (String, Value)? {
        guard let key = string(), take(":"), let value = value() else { return nil }
        return (key, value)
    }

    private mutating func value() -> Value? {
        if let text = string() { return .string(text) }
        let start = position
        while position < bytes.count, isScalar(bytes[position]) { position += 1 }
        let word = String(decoding: bytes[start..<position], as: UTF8.self)
        switch word {
        case "true": return .bool(true)
        case "false": return .bool(false)
        default: return Int64(word).map { .integer($0) }
        }
    }

    private mutating func string() -> String? {
        guard take("\"") else { return nil }
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\\") { return nil }
            if byte == UInt8(ascii: "\"") {
                defer { position += 1 }
                return String(decoding: bytes[start..<position], as: UTF8.self)
            }
            position += 1
        }
        return nil
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else {
            return false
        }
        position += 1
        skipSpace()
        return true
    }

    private mutating func skipSpace() {
        while position < bytes.count, bytes[position] == UInt8(ascii: " ") { position += 1 }
    }

    private func isScalar(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
