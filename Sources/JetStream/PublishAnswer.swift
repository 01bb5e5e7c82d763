/// JetStream's answer to a publish, read without allocating for the usual one:
/// `{"stream":"bets_stream","seq":7,"duplicate":true}`, or
/// `{"error":{"code":503,"err_code":10077,"description":"maximum bytes exceeded"}, …}`.
enum PublishAnswer: Equatable {
    case acknowledged(PublishAcknowledgement)
    case refused(code: Int, errorCode: Int, description: String)

    /// Nil for what is not an answer of JetStream's.
    init?(_ json: Span<UInt8>) {
        var reader = AnswerReader(position: 0)
        guard reader.read(json), reader.isComplete else { return nil }
        if reader.hasError {
            self = .refused(
                code: Int(clamping: reader.code),
                errorCode: Int(clamping: reader.errorCode),
                description: reader.errorDescription
            )
        } else if !reader.stream.isEmpty, reader.sequence > 0 {
            self = .acknowledged(
                PublishAcknowledgement(
                    stream: reader.stream,
                    sequence: reader.sequence,
                    isDuplicate: reader.isDuplicate
                )
            )
        } else {
            return nil
        }
    }
}

/// Reads the few fields out of the server's JSON: objects two deep, strings, numbers, literals.
private struct AnswerReader {
    private enum Name { case stream, sequence, duplicate, error, code, errorCode, text, other }

    /// Deeper nesting is none of a publish answer's.
    private static let depthMax = 4

    var position: Int
    var stream = ""
    var sequence: UInt64 = 0
    var isDuplicate = false
    var hasError = false
    var code: UInt64 = 0
    var errorCode: UInt64 = 0
    var errorDescription = ""
    var isComplete = false

    init(position: Int) {
        self.position = position
    }

    /// Reads the top-level object and nothing behind it but blanks.
    mutating func read(_ json: Span<UInt8>) -> Bool {
        guard object(json, depth: 0) else { return false }
        skipBlanks(json)
        isComplete = position == json.count
        return isComplete
    }

    private mutating func object(_ json: Span<UInt8>, depth: Int) -> Bool {
        guard depth < Self.depthMax, take(0x7b, json) else { return false }
        if take(0x7d, json) { return true }
        repeat {
            guard let key = string(json), take(0x3a, json) else { return false }
            guard value(Self.name(json, key, depth), json, depth: depth) else { return false }
        } while take(0x2c, json)
        return take(0x7d, json)
    }

    private mutating func value(_ name: Name, _ json: Span<UInt8>, depth: Int) -> Bool {
        skipBlanks(json)
        guard position < json.count else { return false }
        switch json[position] {
        case 0x22:
            guard let range = string(json) else { return false }
            if name == .stream { stream = Self.text(json, range) }
            if name == .text { errorDescription = Self.text(json, range) }
            return true
        case 0x7b:
            if name == .error { hasError = true }
            return object(json, depth: depth + (name == .error ? 1 : 2))
        case 0x30...0x39:
            guard let number = number(json) else { return false }
            switch name {
            case .sequence: sequence = number
            case .code: code = number
            case .errorCode: errorCode = number
            default: break
            }
            return true
        default:
            let start = position
            while position < json.count, (0x61...0x7a).contains(json[position]) { position += 1 }
            if name == .duplicate {
                isDuplicate = position - start == 4 && json[start] == 0x74
            }
            return position > start
        }
    }

    private mutating func number(_ json: Span<UInt8>) -> UInt64? {
        var result: UInt64 = 0
        while position < json.count, (0x30...0x39).contains(json[position]) {
            let (product, overflow) = result.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(json[position] - 0x30))
            guard !overflow, !carry else { return nil }
            result = sum
            position += 1
        }
        return result
    }

    /// The bytes between the quotes; an escaped quote does not end them.
    private mutating func string(_ json: Span<UInt8>) -> Range<Int>? {
        guard take(0x22, json) else { return nil }
        let start = position
        while position < json.count {
            let byte = json[position]
            if byte == 0x22 {
                position += 1
                return start..<(position - 1)
            }
            position += byte == 0x5c ? 2 : 1
        }
        return nil
    }

    private mutating func take(_ byte: UInt8, _ json: Span<UInt8>) -> Bool {
        skipBlanks(json)
        guard position < json.count, json[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipBlanks(_ json: Span<UInt8>) {
        while position < json.count, json[position] <= 0x20 { position += 1 }
    }

    private static func text(_ json: Span<UInt8>, _ range: Range<Int>) -> String {
        String(repairing: json.extracting(range))
    }

    private static func name(_ json: Span<UInt8>, _ key: Range<Int>, _ depth: Int) -> Name {
        switch (depth, key.count) {
        case (0, 3): return equals(json, key, "seq") ? .sequence : .other
        case (0, 5): return equals(json, key, "error") ? .error : .other
        case (0, 6): return equals(json, key, "stream") ? .stream : .other
        case (0, 9): return equals(json, key, "duplicate") ? .duplicate : .other
        case (1, 4): return equals(json, key, "code") ? .code : .other
        case (1, 8): return equals(json, key, "err_code") ? .errorCode : .other
        case (1, 11): return equals(json, key, "description") ? .text : .other
        default: return .other
        }
    }

    private static func equals(_ json: Span<UInt8>, _ range: Range<Int>, _ name: String) -> Bool {
        var index = range.lowerBound
        for byte in name.utf8 {
            guard index < range.upperBound, json[index] == byte else { return false }
            index += 1
        }
        return index == range.upperBound
    }
}
