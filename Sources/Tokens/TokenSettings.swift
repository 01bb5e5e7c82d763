import Glibc
package import ServiceKit

/// The tokens of a deployment, from its environment: `TOKEN_ALGORITHM`, `TOKEN_KEY_FILE`,
/// `TOKEN_SECOND_KEY_FILE`, `TOKEN_ISSUER`, `TOKEN_AUDIENCE`, `TOKEN_LEEWAY_SECONDS`.
package struct TokenSettings: Sendable {
    /// The one that signs.
    package let key: TokenKey
    /// Accepted too, while keys are changed: first everywhere the new one as second, then the two
    /// the other way round, then the old one away.
    package let secondKey: TokenKey?
    package let rules: TokenRules

    /// - Throws: an error that names the variable: no key, a file that cannot be read or holds none.
    package init(_ environment: Environment) throws(ConfigurationError) {
        let algorithm = try environment.choice("TOKEN_ALGORITHM", default: TokenAlgorithm.hs256)
        guard let key = try Self.key("TOKEN_KEY_FILE", algorithm, environment) else {
            throw ConfigurationError("TOKEN_KEY_FILE: the file of the key of tokens is wanted")
        }
        self.key = key
        secondKey = try Self.key("TOKEN_SECOND_KEY_FILE", algorithm, environment)
        var rules = TokenRules()
        rules.issuer = environment.string("TOKEN_ISSUER", default: rules.issuer)
        rules.audience = environment.string("TOKEN_AUDIENCE", default: rules.audience)
        rules.leewaySeconds = Int64(
            try environment.integer(
                "TOKEN_LEEWAY_SECONDS",
                default: TokenRules.leewaySecondsDefault,
                in: 0...300
            )
        )
        self.rules = rules
    }

    /// Everything that is accepted.
    package var keys: [TokenKey] { [key] + [secondKey].compactMap(\.self) }

    private static let keyFileBytesMax = 16 * 1_024

    private static func key(
        _ variable: String,
        _ algorithm: TokenAlgorithm,
        _ environment: Environment
    ) throws(ConfigurationError) -> TokenKey? {
        guard let path = environment.string(variable) else { return nil }
        guard let text = contents(of: path) else {
            throw ConfigurationError(
                "\(variable)=\(path): cannot be read, or has more than \(keyFileBytesMax) bytes"
            )
        }
        do {
            return try TokenKey(text, for: algorithm)
        } catch {
            throw ConfigurationError("\(variable)=\(path): \(error)")
        }
    }

    private static func contents(of path: String) -> [UInt8]? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: keyFileBytesMax + 1)
        var length = 0
        while length < bytes.count {
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe read(
                    file,
                    buffer.baseAddress.map { unsafe $0 + length },
                    buffer.count - length
                )
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            guard count > 0 else { return Array(bytes[..<length]) }
            length += count
        }
        return nil
    }
}
