/// One line of a publisher's journal.
enum JournalLine: Equatable {
    /// The message is about to be published.
    case attempt(id: String)
    /// The stream has it at `sequence`; `isDuplicate`: it had one of that id already, there.
    case acknowledged(id: String, epoch: Int64, sequence: Int64, isDuplicate: Bool)
    /// The stream did not take it.
    case refused(id: String)
    /// A line of another kind, for instance the one that describes the run.
    case other

    /// - Returns: nil when the line is none of a journal, for instance one that was cut off by a
    ///   crash.
    init?(_ line: [UInt8]) {
        var scanner = FlatObjectScanner(line)
        guard case .string(let kind) = scanner.value(of: "t") else { return nil }
        switch kind {
        case "try", "refused":
            guard let fields = scanner.fields(), case .string(let id) = fields["id"] else {
                return nil
            }
            self = kind == "try" ? .attempt(id: id) : .refused(id: id)
        case "ack":
            guard let fields = scanner.fields(), case .string(let id) = fields["id"],
                case .integer(let epoch) = fields["epoch"],
                case .integer(let sequence) = fields["seq"]
            else { return nil }
            let isDuplicate = fields["dup"] == .bool(true)
            self = .acknowledged(
                id: id,
                epoch: epoch,
                sequence: sequence,
                isDuplicate: isDuplicate
            )
        default:
            guard line.last == UInt8(ascii: "}") else { return nil }
            self = .other
        }
    }
}

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
