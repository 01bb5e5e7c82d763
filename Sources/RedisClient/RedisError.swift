/// Why a call to Redis failed.
package enum RedisError: Error, Sendable, Equatable {
    /// The configured address cannot be read; says what is wrong and at which character, never the
    /// address itself (it may hold a password).
    case invalidAddress(String)
    /// No connection came about within the time. The text is the operating system's.
    case cannotConnect(String)
    /// No complete answer within the time. Whether the commands ran is unknown; the connection is
    /// gone, because its next reply would belong to this call.
    case timeout
    /// The connection broke or was given up after an earlier failure. Whether a command that was
    /// under way ran is unknown.
    case connectionLost
    /// Redis answered with an error; the connection is still in step. `code` is the first word, for
    /// instance `WRONGTYPE`; `text` is the rest and may quote what was sent.
    case server(code: String, text: String)
    /// The answer has another shape than the command's documentation says.
    case unexpectedReply(String)
    /// The breaker is open: Redis failed a moment ago and was not asked.
    case unavailable

    /// Whether the connection this came from is of no more use.
    package var isConnectionLost: Bool {
        switch self {
        case .cannotConnect, .timeout, .connectionLost: true
        case .invalidAddress, .server, .unexpectedReply, .unavailable: false
        }
    }

    /// Whether Redis as a whole cannot be used now, so that asking again at once is waste: it does
    /// not answer, refuses connections, is loading its data or runs a script without end.
    package var isOutage: Bool {
        switch self {
        case .cannotConnect, .timeout: true
        case .server(let code, _): code == "LOADING" || code == "BUSY"
        case .connectionLost, .invalidAddress, .unexpectedReply, .unavailable: false
        }
    }
}

extension RedisError: CustomStringConvertible, CustomDebugStringConvertible {
    /// Safe to log: of a server's error only the code, because the text may quote arguments.
    package var description: String {
        switch self {
        case .invalidAddress(let what): "invalid Redis address: \(what)"
        case .cannotConnect(let why): "cannot connect to Redis: \(why)"
        case .timeout: "Redis did not answer in time"
        case .connectionLost: "the connection to Redis is lost"
        case .server(let code, _): "Redis answered with the error \(code)"
        case .unexpectedReply(let what): "unexpected reply from Redis: \(what)"
        case .unavailable: "Redis is unavailable and is left alone for a moment"
        }
    }

    /// With the server's own text: not for logs.
    package var debugDescription: String {
        if case .server(let code, let text) = self { return "\(code) \(text)" }
        return description
    }
}
