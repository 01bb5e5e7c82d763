/// Why a key cannot be used, or libcrypto did not do its work. Says nothing about the key's bytes.
package enum CryptographyError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Not a PEM text of the key that is wanted.
    case notAKey
    /// An RSA key of fewer bits than are safe.
    case tooShort(bits: Int)
    /// The key is public, and signing needs a private one.
    case notPrivate
    /// libcrypto refused.
    case library(String)

    package var description: String {
        switch self {
        case .notAKey: "not an RSA key in PEM, without a passphrase"
        case .tooShort(let bits): "an RSA key of \(bits) bits; \(RSAKey.bitsMin) are the least"
        case .notPrivate: "a public key, which cannot sign"
        case .library(let operation): "libcrypto: \(operation) failed"
        }
    }
}
