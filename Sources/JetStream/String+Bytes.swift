extension String {
    /// The text of UTF-8 bytes; what is not UTF-8 becomes U+FFFD.
    init(repairing bytes: Span<UInt8>) {
        self = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// The text of UTF-8 bytes; what is not UTF-8 becomes U+FFFD.
    init(repairing bytes: RawSpan) {
        self = unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
