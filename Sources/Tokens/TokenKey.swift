package import Cryptography

/// A key that tokens are checked with, and made with where it can sign. The algorithm is part of it.
package struct TokenKey: Sendable {
    /// Bytes of a secret: as many as the code it makes, at least (RFC 7518, 3.2).
    package static let secretBytes = 32...1_024
    /// What a secret begins with that `scripts/stack` made, for servers on loopback only.
    package static let developmentPrefix = "development-"

    private enum Material {
        case secret([UInt8])
        case rsa(RSAKey)
    }

    private let material: Material

    /// Everybody on the machine may know it.
    package let isDevelopment: Bool

    /// - Parameter text: a key file's bytes: PEM for RS256; for HS256 the secret itself, less one
    ///   line end behind it.
    /// - Throws: `TokenKeyError`.
    package init(_ text: [UInt8], for algorithm: TokenAlgorithm) throws(TokenKeyError) {
        switch algorithm {
        case .rs256:
            do throws(CryptographyError) {
                material = .rsa(try RSAKey.read(pem: text))
            } catch {
                throw .key(error)
            }
            isDevelopment = false
        case .hs256:
            var secret = text
            if secret.last == 0x0A { secret.removeLast() }
            // Anywhere: tools write lines of their own before it.
            guard secret.firstRange(of: Array("-----BEGIN".utf8)) == nil else { throw .isPEM }
            guard Self.secretBytes.contains(secret.count) else {
                throw .secretLength(secret.count)
            }
            material = .secret(secret)
            isDevelopment = secret.starts(with: Self.developmentPrefix.utf8)
        }
    }

    package var algorithm: TokenAlgorithm {
        switch material {
        case .secret: .hs256
        case .rsa: .rs256
        }
    }

    func signature(of bytes: [UInt8]) throws(CryptographyError) -> [UInt8] {
        switch material {
        case .secret(let secret): try SHA256.authenticationCode(of: bytes, key: secret)
        case .rsa(let key): try key.signature(of: bytes)
        }
    }

    func verifies(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
        switch material {
        case .secret(let secret):
            guard let code = try? SHA256.authenticationCode(of: bytes, key: secret) else {
                return false
            }
            return SHA256.isEqual(code, signature)
        case .rsa(let key): return key.verifies(signature, of: bytes)
        }
    }
}

/// Why a file holds no key. Says nothing of what it holds.
package enum TokenKeyError: Error, Sendable, Equatable, CustomStringConvertible {
    case key(CryptographyError)
    /// A secret of too few or too many bytes.
    case secretLength(Int)
    /// A PEM text, which is no secret: TOKEN_ALGORITHM or the file is the wrong one.
    case isPEM

    package var description: String {
        switch self {
        case .key(let error): error.description
        case .secretLength(let count):
            "a secret of \(count) bytes; \(TokenKey.secretBytes.lowerBound) to "
                + "\(TokenKey.secretBytes.upperBound) are wanted"
        case .isPEM: "a PEM text, which is no secret for HS256"
        }
    }
}
