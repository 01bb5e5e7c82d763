import CNats
import Glibc

/// The words libnats has for a failure; read on the thread of the failing call, right after it.
enum LastError {
    static func text(_ status: natsStatus) -> String {
        var last = NATS_OK
        if let text = unsafe nats_GetLastError(&last), last == status {
            let words = unsafe String(cString: text)
            if !words.isEmpty { return words }
        }
        return unsafe natsStatus_GetText(status).map { unsafe String(cString: $0) } ?? "\(status)"
    }

    /// The error for a failed call on an open connection.
    static func error(_ status: natsStatus, _ operation: String) -> JetStreamError {
        switch status {
        case NATS_TIMEOUT: .timeout(operation: operation)
        case NATS_NO_RESPONDERS: .noResponders(operation: operation)
        case NATS_NOT_PERMITTED: .permissionDenied(operation: operation, reason: text(status))
        case NATS_NOT_FOUND: .notFound(operation)
        case NATS_CONNECTION_CLOSED, NATS_DRAINING, NATS_INVALID_SUBSCRIPTION: .closed
        case NATS_CONNECTION_DISCONNECTED, NATS_STALE_CONNECTION, NATS_IO_ERROR:
            .disconnected(operation: operation)
        case NATS_INSUFFICIENT_BUFFER: .bufferFull
        case NATS_INVALID_ARG, NATS_INVALID_SUBJECT, NATS_INVALID_QUEUE_NAME,
            NATS_INVALID_TIMEOUT:
            .invalid("\(operation): \(text(status))")
        default:
            .library(operation: operation, status: Int(status.rawValue), text: text(status))
        }
    }

    /// The error for a failed attempt to connect. Address errors are not quoted: an address may
    /// carry credentials.
    static func connectError(_ status: natsStatus) -> JetStreamError {
        switch status {
        case NATS_CONNECTION_AUTH_FAILED, NATS_NOT_PERMITTED: .authenticationFailed(text(status))
        case NATS_SECURE_CONNECTION_WANTED: .untrusted("it speaks no TLS")
        // What libnats says of a certificate that does not do (`_collectSSLErr`).
        case NATS_SSL_ERROR where text(status).contains(":cert="): .untrusted(text(status))
        case NATS_INVALID_ARG, NATS_ADDRESS_MISSING: .invalid("the address of NATS")
        default: .cannotConnect(text(status))
        }
    }
}

/// Runs `body` with the strings as C strings, valid until it returns.
func withCStrings<R>(_ strings: [String], _ body: ([UnsafePointer<CChar>?]) -> R) -> R {
    let copies = unsafe strings.map { unsafe strdup($0) }
    defer { unsafe copies.forEach { unsafe free($0) } }
    return unsafe body(copies.map { unsafe UnsafePointer($0) })
}
