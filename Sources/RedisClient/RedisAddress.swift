/// The parts of a Redis address as they were written.
struct RedisAddress: Equatable {
    var host = ""
    var port: Int?
    var user: String?
    var password: String?
    var database: Int?

    private static let databaseMax = 65_535

    /// Splits `text` into its parts; a fault names the character (from 1) at which it was met.
    init(parsing text: String) throws(RedisError) {
        let bytes = Array(text.utf8)
        var start = 0
        let scheme = Array("redis://".utf8)
        if bytes.starts(with: scheme) {
            start = scheme.count
        } else if let colon = Self.schemeEnd(bytes) {
            throw Self.fault("only redis:// is supported, not this scheme", at: colon)
        }
        let isURL = start > 0
        if isURL, let at = bytes[start...].lastIndex(of: UInt8(ascii: "@")) {
            try readCredentials(bytes[start..<at])
            start = at + 1
        }
        var end = bytes.count
        if isURL, let slash = bytes[start...].firstIndex(of: UInt8(ascii: "/")) {
            end = slash
            if slash + 1 < bytes.count {
                database = try Self.number(
                    bytes[(slash + 1)...],
                    "the database",
                    in: 0...Self.databaseMax
                )
            }
        }
        try readHost(bytes[start..<end])
    }

    private mutating func readCredentials(_ bytes: ArraySlice<UInt8>) throws(RedisError) {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else {
            throw Self.fault("the password is missing before @", at: bytes.endIndex)
        }
        let name = try Self.percentDecoded(bytes[..<colon])
        user = name.isEmpty ? nil : name
        password = try Self.percentDecoded(bytes[(colon + 1)...])
    }

    private mutating func readHost(_ bytes: ArraySlice<UInt8>) throws(RedisError) {
        var name = bytes
        var rest = bytes[bytes.endIndex...]
        if bytes.first == UInt8(ascii: "[") {
            guard let close = bytes.firstIndex(of: UInt8(ascii: "]")) else {
                throw Self.fault("the bracket of the host is not closed", at: bytes.startIndex)
            }
            name = bytes[(bytes.startIndex + 1)..<close]
            rest = bytes[(close + 1)...]
        } else if let colon = bytes.firstIndex(of: UInt8(ascii: ":")) {
            name = bytes[..<colon]
            rest = bytes[colon...]
        }
        guard !name.isEmpty else {
            throw Self.fault("the host is missing", at: name.startIndex)
        }
        if let bad = name.firstIndex(where: { $0 <= 0x20 || $0 >= 0x7F || $0 == 0x2F }) {
            throw Self.fault("the host has a character it cannot have", at: bad)
        }
        host = String(decoding: name, as: UTF8.self)
        guard let colon = rest.first else { return }
        guard colon == UInt8(ascii: ":") else {
            throw Self.fault("expected : and the port", at: rest.startIndex)
        }
        port = try Self.number(rest.dropFirst(), "the port", in: 1...65_535)
    }

    private static func number(
        _ digits: ArraySlice<UInt8>,
        _ name: String,
        in range: ClosedRange<Int>
    ) throws(RedisError) -> Int {
        var value = 0
        for (index, digit) in zip(digits.indices, digits) {
            guard (0x30...0x39).contains(digit), value <= range.upperBound else {
                throw fault("\(name) is not a number in \(range)", at: index)
            }
            value = value * 10 + Int(digit - 0x30)
        }
        guard !digits.isEmpty, range.contains(value) else {
            throw fault("\(name) is not a number in \(range)", at: digits.startIndex)
        }
        return value
    }

    private static func percentDecoded(_ bytes: ArraySlice<UInt8>) throws(RedisError) -> String {
        var decoded: [UInt8] = []
        var index = bytes.startIndex
        while index < bytes.endIndex {
            guard bytes[index] == UInt8(ascii: "%") else {
                decoded.append(bytes[index])
                index += 1
                continue
            }
            let digits = bytes[index...].dropFirst().prefix(2)
            guard digits.count == 2, let high = hex(digits[index + 1]),
                let low = hex(digits[index + 2])
            else {
                throw fault("% without two hexadecimal digits", at: index)
            }
            decoded.append(high << 4 | low)
            index += 3
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    private static func hex(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }

    private static func schemeEnd(_ bytes: [UInt8]) -> Int? {
        bytes.indices.first { bytes[$0...].starts(with: Array("://".utf8)) }
    }

    private static func fault(_ what: String, at index: Int) -> RedisError {
        .invalidAddress("\(what) (character \(index + 1))")
    }
}
