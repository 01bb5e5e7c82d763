package import JetStream

/// Why an aggregator stops by itself. Servers that are away are no reason: they are shown as down.
package enum AggregatorError: Error, CustomStringConvertible {
    /// An address that no server can have, a subject that is refused, or a connection that only a
    /// new process mends.
    case nats(JetStreamError)

    package var description: String {
        switch self {
        case .nats(let error): "NATS_URL: \(error)"
        }
    }
}
