package import ServiceKit

/// Why an api-server cannot run. A database that is away is no reason: requests answer 503.
package enum WalletError: Error, CustomStringConvertible {
    /// A port is taken, or a page cannot be read; the text names the variable.
    case setting(ConfigurationError)
    /// The database may forget what it has committed.
    case unsafeDatabase([String])

    package var description: String {
        switch self {
        case .setting(let error): error.description
        case .unsafeDatabase(let settings):
            "Postgres may lose committed money: \(settings.joined(separator: ", ")); "
                + "set ALLOW_UNSAFE=1 to run all the same"
        }
    }
}
