import Synchronization

/// Redis for a process: one connection, opened when first needed and again after it broke, behind a
/// breaker. Callers on several threads take turns.
package final class RedisClient: Sendable {
    private let configuration: RedisConfiguration
    private let slot: Mutex<ConnectionSlot>
    private let breaker: Mutex<Breaker>

    /// - Parameter openMilliseconds: how long Redis is left alone after a time limit ran out or a
    ///   connection was refused.
    package init(_ configuration: RedisConfiguration, openMilliseconds: Int = 1000) {
        self.configuration = configuration
        self.slot = Mutex(ConnectionSlot())
        self.breaker = Mutex(Breaker(openMilliseconds: openMilliseconds))
    }

    /// Whether the next call would be sent to Redis as far as is known. Never waits.
    package var isAvailable: Bool {
        breaker.withLock { breaker in
            if case .closed = breaker.state { true } else { false }
        }
    }

    /// Runs `body` with the connection, which must not leave it. Nothing is repeated: when `body`
    /// throws, what it sent may or may not have run.
    ///
    /// - Throws: `unavailable` at once while the breaker is open; what connecting or `body` throws.
    package func withConnection<R>(
        _ body: (RedisConnection) throws(RedisError) -> R
    ) throws(RedisError) -> R {
        try slot.withLock { slot throws(RedisError) in
            guard breaker.withLock({ $0.admit(at: .now) }) else { throw .unavailable }
            do throws(RedisError) {
                let result = try body(slot.connected(configuration))
                breaker.withLock { $0.succeeded() }
                return result
            } catch {
                report(error)
                throw error
            }
        }
    }

    /// A connection that broke may just be one that Redis closed while it was idle; only a probe that
    /// breaks says that Redis is still away.
    private func report(_ error: RedisError) {
        breaker.withLock { breaker in
            if error.isOutage || error.isConnectionLost && breaker.state != .closed {
                breaker.failed(at: .now)
            } else {
                breaker.succeeded()
            }
        }
    }

    /// Closes the connection; a later call opens a new one.
    package func disconnect() {
        slot.withLock { $0.connection = nil }
    }
}

/// What the client's mutex guards.
///
/// `@unchecked Sendable`: the connection is reached only inside `RedisClient.slot.withLock`.
private struct ConnectionSlot: @unchecked Sendable {
    var connection: RedisConnection?

    mutating func connected(
        _ configuration: RedisConfiguration
    ) throws(RedisError) -> RedisConnection {
        if let connection, connection.isUsable { return connection }
        connection = nil
        let fresh = try RedisConnection(configuration)
        connection = fresh
        return fresh
    }
}
