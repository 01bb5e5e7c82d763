package import JetStream
package import WebServer

/// Why an aggregator cannot run. Servers that are away are no reason: they are shown as down.
package enum AggregatorError: Error, CustomStringConvertible {
    /// The port is taken, or a page cannot be read.
    case web(WebServerError)
    /// An address that no server can have, or a connection that only a new process mends.
    case nats(JetStreamError)

    package var description: String {
        switch self {
        case .web(let error): "\(error)"
        case .nats(let error): "NATS_URL: \(error)"
        }
    }
}
