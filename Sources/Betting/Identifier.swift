/// The name of a game or a selection: 1–64 of `A–Z a–z 0–9 _ . : -`, kept inline, no heap.
///
/// Nothing in it needs escaping in JSON, HTML, SQL text, COPY's text format or a Redis key.
package struct Identifier: Hashable, Sendable {
    package static let bytesMax = 64
    /// What an absent selection is called: `-`.
    package static let none = Identifier(dash: ())

    /// Zero beyond `count`.
    private var storage = InlineArray<64, UInt8>(repeating: 0)
    private var length: UInt8 = 0

    /// The number of bytes, which is the number of characters.
    package var count: Int { Int(length) }

    /// Nil unless `text` is 1–64 characters of the alphabet.
    package init?(_ text: Span<UInt8>) {
        guard (1...Self.bytesMax).contains(text.count) else { return nil }
        for index in 0..<text.count {
            let byte = text[index]
            guard Self.isAllowed(byte) else { return nil }
            storage[index] = byte
        }
        length = UInt8(text.count)
    }

    /// As `init(_:)` of bytes.
    package init?(_ text: String) {
        self.init(text.utf8.span)
    }

    private init(dash: Void) {
        storage[0] = UInt8(ascii: "-")
        length = 1
    }

    /// Lends the bytes for as long as `body` runs.
    package func withUTF8<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(storage.span.extracting(0..<count))
    }

    /// Appends the bytes.
    package func appendUTF8(to bytes: inout [UInt8]) {
        for index in 0..<count { bytes.append(storage[index]) }
    }

    package static func == (left: Identifier, right: Identifier) -> Bool {
        guard left.length == right.length else { return false }
        for index in 0..<left.count where left.storage[index] != right.storage[index] {
            return false
        }
        return true
    }

    package func hash(into hasher: inout Hasher) {
        unsafe storage.span.extracting(0..<count).withUnsafeBytes {
            unsafe hasher.combine(bytes: $0)
        }
    }

    /// One bit for each of the first 128 characters.
    private static func isAllowed(_ byte: UInt8) -> Bool {
        let mask: UInt64
        switch byte >> 6 {
        case 0: mask = 0x07ff_6000_0000_0000  // - . 0–9 :
        case 1: mask = 0x07ff_fffe_87ff_fffe  // A–Z _ a–z
        default: return false
        }
        return mask >> UInt64(byte & 63) & 1 == 1
    }
}

extension Identifier: Comparable {
    /// The order of the bytes, which is Postgres' `COLLATE "C"`.
    package static func < (left: Identifier, right: Identifier) -> Bool {
        for index in 0..<min(left.count, right.count)
        where left.storage[index] != right.storage[index] {
            return left.storage[index] < right.storage[index]
        }
        return left.count < right.count
    }
}

extension Identifier: CustomStringConvertible {
    package var description: String {
        withUTF8 { bytes in
            unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
        }
    }
}
