import CCrypto

/// An RSA key, public or private, for signatures with PKCS #1 v1.5 and SHA-256 (RFC 7518, 3.3).
///
/// Owns libcrypto's key, which is freed with it. Any thread may use it: libcrypto only reads a key
/// while it signs or verifies, which is the guard of `@unchecked Sendable`.
@safe
package final class RSAKey: @unchecked Sendable {
    package static let bitsMin = 2_048
    /// A longer one costs a verifier too much time.
    package static let bitsMax = 8_192
    /// Characters of a PEM text.
    package static let textBytesMax = 16 * 1_024

    private let key: OpaquePointer
    private let isPrivate: Bool

    private init(key: OpaquePointer, isPrivate: Bool) {
        unsafe self.key = key
        self.isPrivate = isPrivate
    }

    deinit {
        unsafe EVP_PKEY_free(key)
    }

    /// Reads `-----BEGIN PUBLIC KEY-----` or a private key without a passphrase.
    package static func read(pem: [UInt8]) throws(CryptographyError) -> RSAKey {
        guard pem.count <= textBytesMax, !pem.isEmpty else { throw .notAKey }
        for isPrivate in [false, true] {
            guard let found = unsafe readKey(pem, isPrivate: isPrivate) else { continue }
            let key = unsafe RSAKey(key: found, isPrivate: isPrivate)
            guard unsafe EVP_PKEY_get_base_id(found) == EVP_PKEY_RSA else { throw .notAKey }
            let bits = unsafe Int(EVP_PKEY_get_bits(found))
            guard (bitsMin...bitsMax).contains(bits) else { throw .tooShort(bits: bits) }
            return key
        }
        throw .notAKey
    }

    private static func readKey(_ pem: [UInt8], isPrivate: Bool) -> OpaquePointer? {
        guard let source = unsafe BIO_new_mem_buf(pem, Int32(pem.count)) else { return nil }
        defer { unsafe BIO_free(source) }
        defer { ERR_clear_error() }
        return isPrivate
            ? unsafe PEM_read_bio_PrivateKey(source, nil, refusePassphrase, nil)
            : unsafe PEM_read_bio_PUBKEY(source, nil, refusePassphrase, nil)
    }

    /// - Throws: `notPrivate`, `library`.
    package func signature(of bytes: [UInt8]) throws(CryptographyError) -> [UInt8] {
        guard isPrivate else { throw .notPrivate }
        guard let context = unsafe EVP_MD_CTX_new() else { throw .library("EVP_MD_CTX_new") }
        defer { unsafe EVP_MD_CTX_free(context) }
        var count = unsafe Int(EVP_PKEY_get_size(key))
        var signature = [UInt8](repeating: 0, count: count)
        guard unsafe EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1,
            unsafe EVP_DigestSign(context, &signature, &count, bytes, bytes.count) == 1
        else {
            ERR_clear_error()
            throw .library("EVP_DigestSign")
        }
        return Array(signature.prefix(count))
    }

    /// Whether this key's owner signed these bytes.
    package func verifies(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
        guard let context = unsafe EVP_MD_CTX_new() else { return false }
        defer { unsafe EVP_MD_CTX_free(context) }
        defer { ERR_clear_error() }
        return unsafe EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, key) == 1
            && EVP_DigestVerify(context, signature, signature.count, bytes, bytes.count) == 1
    }
}

/// Without this a key with a passphrase would ask for it at the terminal.
private func refusePassphrase(
    _ buffer: UnsafeMutablePointer<CChar>?,
    _ size: Int32,
    _ isWriting: Int32,
    _ context: UnsafeMutableRawPointer?
) -> Int32 { -1 }
