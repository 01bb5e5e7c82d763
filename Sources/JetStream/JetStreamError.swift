/// What can go wrong between this process and NATS.
///
/// `description` is safe to log: names, numbers and the server's own words, never a payload.
package enum JetStreamError: Error, Sendable, Equatable {
    /// What the caller should do with the work at hand.
    package enum Disposition: Sendable, Equatable {
        /// The same call may succeed later; a publish is repeated with the same message id.
        case retry
        /// This message or request can never succeed; others can.
        case reject
        /// Nothing will succeed until somebody changes a configuration or restarts the process.
        case stop
    }

    /// No server answered, or none took the connection.
    case cannotConnect(String)
    /// The servers refuse the credentials.
    case authenticationFailed(String)
    /// TLS: the server did not prove to be the one that is meant, or speaks none.
    case untrusted(String)
    /// The connection attempt itself does not come back: libnats spins when a peer goes mute
    /// between INFO and PONG. The thread is lost; the process should end.
    case wedged(operation: String)
    /// No answer in time. What was asked for may have happened.
    case timeout(operation: String)
    /// The user may not use the subject; the reason is the server's.
    ///
    /// A publish without an answer does not fail so: see `ConnectionEvent.permissionViolation`.
    case permissionDenied(operation: String, reason: String)
    /// The stream, consumer or message is not there.
    case notFound(String)
    /// Nobody listens on the subject: no stream holds it, or JetStream is not up yet.
    case noResponders(operation: String)
    /// JetStream said no. `code` is its HTTP-like status (0 where libnats does not pass it on),
    /// `errorCode` JetStream's own number, for instance 10077 for a full stream.
    case refused(code: Int, errorCode: Int, description: String)
    /// The connection went away during the call. What was asked for may have happened.
    case disconnected(operation: String)
    /// The buffer that bridges a reconnect is full: nothing was sent or kept.
    case bufferFull
    /// The message exceeds the server's `max_payload`.
    case payloadTooLarge(bytes: Int, bytesMax: Int)
    /// The connection, subscription or publisher was closed.
    case closed
    /// An argument that can never work, found before anything was sent.
    case invalid(String)
    /// Any other failure of libnats: its status number and text.
    case library(operation: String, status: Int, text: String)

    package var disposition: Disposition {
        switch self {
        case .cannotConnect, .timeout, .noResponders, .disconnected, .bufferFull: .retry
        case .refused(let code, let errorCode, _):
            // 503: no leader, insufficient resources; 10077: the stream is full for now.
            code == 503 || errorCode == 10_077 || errorCode == 10_023 ? .retry : .reject
        case .notFound, .payloadTooLarge, .invalid: .reject
        case .authenticationFailed, .untrusted, .wedged, .permissionDenied, .closed: .stop
        case .library: .retry
        }
    }
}

extension JetStreamError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .cannotConnect(let reason): "cannot connect to NATS: \(reason)"
        case .authenticationFailed(let reason): "NATS refuses the credentials: \(reason)"
        case .untrusted(let reason): "NATS cannot be trusted: \(reason)"
        case .wedged(let operation): "\(operation) does not come back"
        case .timeout(let operation): "\(operation): no answer in time"
        case .permissionDenied(let operation, let reason):
            "\(operation): not permitted: \(reason)"
        case .notFound(let what): "\(what) not found"
        case .noResponders(let operation): "\(operation): nobody listens on the subject"
        case .refused(let code, let errorCode, let text):
            "JetStream refused: \(text) (\(code), \(errorCode))"
        case .disconnected(let operation): "\(operation): the connection was lost"
        case .bufferFull: "the reconnect buffer is full"
        case .payloadTooLarge(let bytes, let bytesMax):
            "a message of \(bytes) bytes exceeds the server's limit of \(bytesMax)"
        case .closed: "closed"
        case .invalid(let what): "invalid: \(what)"
        case .library(let operation, let status, let text): "\(operation): \(text) (\(status))"
        }
    }
}
