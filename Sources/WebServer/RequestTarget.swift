/// The target of a request line, taken apart and decoded (RFC 9112, 3.2; RFC 3986).
struct RequestTarget: Sendable {
    /// Decoded path, beginning with "/".
    let path: String
    /// The path's parts between slashes, decoded one by one: an encoded slash stays inside its part.
    let segments: [String]
    let query: [(name: String, value: String)]

    /// Nil for what cannot be a path: a form other than "/…" or "http://host/…", control or
    /// non-ASCII characters, a broken percent escape, an encoded NUL, bytes that are no UTF-8.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x23 }) else { return nil }
        guard let local = Self.originForm(bytes) else { return nil }
        let mark = local.firstIndex(of: 0x3F) ?? local.endIndex
        var segments: [String] = []
        for part in local[local.startIndex + 1..<mark]
            .split(separator: 0x2F, omittingEmptySubsequences: false)
        {
            guard let text = Self.decode(part, plusIsBlank: false) else { return nil }
            segments.append(text)
        }
        var query: [(name: String, value: String)] = []
        for pair in local[min(mark + 1, local.endIndex)...].split(separator: 0x26) {
            let equals = pair.firstIndex(of: 0x3D) ?? pair.endIndex
            guard query.count < Self.queryPairsMax,
                let name = Self.decode(pair[..<equals], plusIsBlank: true),
                let value = Self.decode(
                    pair[min(equals + 1, pair.endIndex)...],
                    plusIsBlank: true
                )
            else { return nil }
            query.append((name: name, value: value))
        }
        self.segments = segments
        self.query = query
        path = "/" + segments.joined(separator: "/")
    }

    private static let queryPairsMax = 100

    /// What is left of an absolute target without scheme and host.
    private static func originForm(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        if bytes.first == 0x2F { return bytes }
        let scheme = Array("http://".utf8)
        guard bytes.count > scheme.count,
            zip(bytes, scheme).allSatisfy({ ($0 | 0x20) == ($1 | 0x20) }),
            let slash = bytes.dropFirst(scheme.count).firstIndex(of: 0x2F)
        else { return nil }
        return bytes[slash...]
    }

    private static func decode(_ bytes: ArraySlice<UInt8>, plusIsBlank: Bool) -> String? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            var byte = bytes[index]
            if byte == 0x25 {
                guard index + 2 < bytes.endIndex, let high = hexadecimal(bytes[index + 1]),
                    let low = hexadecimal(bytes[index + 2])
                else { return nil }
                byte = high << 4 | low
                guard byte != 0 else { return nil }
                index += 2
            } else if byte == 0x2B, plusIsBlank {
                byte = 0x20
            }
            decoded.append(byte)
            index += 1
        }
        return String(validating: decoded, as: UTF8.self)
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
