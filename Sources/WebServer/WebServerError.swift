/// What can go wrong when a server is made or asked. `description` is safe to log.
package enum WebServerError: Error, Sendable, Equatable {
    /// Somebody else listens on the port.
    case portTaken(port: Int)
    /// The address cannot be listened on: not of this machine, or not permitted.
    case cannotListen(address: String, port: Int, reason: String)
    /// A static file or its directory cannot be read.
    case unreadable(path: String, reason: String)
    /// A route, hub, origin or limit that can never work.
    case invalid(String)
    /// Nothing that is HTTP came back, or not in time.
    case noAnswer(reason: String)
    /// libwebsockets refused; the reason went to `onEvent`.
    case library(operation: String)
}

extension WebServerError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .portTaken(let port): "port \(port) is taken by another process"
        case .cannotListen(let address, let port, let reason):
            "cannot listen on \(address) port \(port): \(reason)"
        case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
        case .invalid(let what): what
        case .noAnswer(let reason): "no answer: \(reason)"
        case .library(let operation): "libwebsockets: \(operation) failed"
        }
    }
}
