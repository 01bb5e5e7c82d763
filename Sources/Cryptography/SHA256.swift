import CCrypto

/// SHA-256 and what is made of it.
package enum SHA256 {
    package static let digestBytes = 32

    /// - Returns: 32 bytes.
    package static func digest(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: digestBytes)
        unsafe CCrypto.SHA256(bytes, bytes.count, &digest)
        return digest
    }

    /// HMAC-SHA-256 (RFC 2104).
    ///
    /// - Returns: 32 bytes.
    package static func authenticationCode(
        of bytes: [UInt8],
        key: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: digestBytes)
        var count: UInt32 = 0
        let made = unsafe HMAC(
            EVP_sha256(),
            key,
            Int32(key.count),
            bytes,
            bytes.count,
            &code,
            &count
        )
        guard unsafe made != nil, count == UInt32(digestBytes) else { throw .library("HMAC") }
        return code
    }

    /// Whether two texts are the same, in a time that tells nothing about where they differ.
    package static func isEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        guard one.count == other.count else { return false }
        return unsafe CRYPTO_memcmp(one, other, one.count) == 0
    }

    /// Bytes that nobody can guess.
    package static func randomBytes(_ count: Int) throws(CryptographyError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard unsafe RAND_bytes(&bytes, Int32(count)) == 1 else { throw .library("RAND_bytes") }
        return bytes
    }
}
