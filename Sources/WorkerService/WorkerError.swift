package import JetStream
package import ServiceKit

/// Why a worker cannot run. Servers that are away are no reason: it waits for them.
package enum WorkerError: Error, CustomStringConvertible {
    /// A port is taken; the text names the variable.
    case setting(ConfigurationError)
    /// An address that no server can have, or a connection that only a new process mends.
    case nats(JetStreamError)

    package var description: String {
        switch self {
        case .setting(let error): error.description
        case .nats(let error): "NATS_URL: \(error)"
        }
    }
}
