import Threading

/// At most so many connections, lent to threads that may block.
///
/// Connections are made when needed, kept while they are good and replaced when they are not.
package final class PostgresPool: Sendable {
    /// An idle connection is reachable through the monitor only, a lent one by its borrower only:
    /// that is the guard of `@unchecked Sendable`.
    private struct Slot: @unchecked Sendable {
        let connection: PostgresConnection
    }

    private struct State {
        var idle: [Slot] = []
        var inUse = 0
        var isClosed = false
    }

    package let connectionsMax: Int

    private let configuration: PostgresConfiguration
    private let permits: Permits
    private let state = Monitor(State())

    /// Connects to nothing yet.
    package init(_ configuration: PostgresConfiguration, connectionsMax: Int) {
        precondition(connectionsMax > 0, "a pool without connections")
        self.configuration = configuration
        self.connectionsMax = connectionsMax
        permits = Permits(connectionsMax)
    }

    /// Connections lent or being made right now.
    package var inUseCount: Int { state.withLock { $0.inUse } }

    /// Connections waiting to be lent.
    package var idleCount: Int { state.withLock { $0.idle.count } }

    /// Lends a connection to `body`, which must not keep it. What `body` leaves open is rolled
    /// back; settings it changes must be changed with SET LOCAL, or the next borrower has them.
    ///
    /// Blocks the calling thread for up to `acquireTimeout` until a connection is free, and then
    /// for as long as connecting takes if a new one is needed.
    ///
    /// - Throws: `poolExhausted`, kind `retry`, after the timeout; `poolClosed`; what connecting
    ///   throws; what `body` throws.
    package func withConnection<R>(
        acquireTimeout: Duration = .seconds(1),
        _ body: (PostgresConnection) throws -> R
    ) throws -> R {
        guard permits.acquire(timeout: acquireTimeout) else {
            throw PostgresError(
                .poolExhausted,
                "all \(connectionsMax) connections were in use for \(acquireTimeout)"
            )
        }
        defer { permits.release() }
        let slot = try checkOut()
        defer { checkIn(slot) }
        return try body(slot.connection)
    }

    /// Closes the idle connections now and the others when they come back; later calls throw
    /// `poolClosed`.
    package func close() {
        let idle = state.withLock { state in
            state.isClosed = true
            defer { state.idle = [] }
            return state.idle
        }
        for slot in idle { slot.connection.close() }
    }

    /// The connection used last, if it is still there; else the one before it; else a new one.
    private func checkOut() throws(PostgresError) -> Slot {
        let isClosed = state.withLock { state in
            if !state.isClosed { state.inUse += 1 }
            return state.isClosed
        }
        guard !isClosed else { throw PostgresError(.poolClosed, "the pool is closed") }
        while let slot = state.withLock({ $0.idle.popLast() }) {
            if slot.connection.isAliveWhileIdle() { return slot }
            slot.connection.close()
        }
        do throws(PostgresError) {
            return Slot(connection: try PostgresConnection(configuration))
        } catch {
            state.withLock { $0.inUse -= 1 }
            throw error
        }
    }

    private func checkIn(_ slot: Slot) {
        slot.connection.rollBack()
        slot.connection.responseTimeoutMilliseconds =
            configuration.effectiveResponseTimeoutMilliseconds
        let isKept = state.withLock { state in
            state.inUse -= 1
            guard !state.isClosed, slot.connection.isUsable else { return false }
            state.idle.append(slot)
            return true
        }
        if !isKept { slot.connection.close() }
    }
}
