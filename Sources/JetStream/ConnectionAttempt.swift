import CNats
import Glibc
import Threading

/// libnats' connection. `@unchecked Sendable`: libnats guards it by a lock of its own; it is freed
/// by `NATSConnection.deinit` alone.
@safe struct ConnectionHandle: @unchecked Sendable {
    let pointer: OpaquePointer
}

/// One attempt to connect, on a thread of its own, because libnats 3.4.1 does not come back when a
/// peer goes mute between INFO and PONG.
final class ConnectionAttempt: Sendable {
    private enum State: Sendable {
        case running
        case ended(Result<ConnectionHandle, JetStreamError>)
        /// Nobody waits any more: what still comes about is closed.
        case abandoned
    }

    private let configuration: NATSConfiguration
    private let servers: [String]
    private let context: ConnectionContext
    private let reading: ReadingLoop?
    private let state = Monitor(State.running)

    init(
        _ configuration: NATSConfiguration,
        servers: [String],
        context: ConnectionContext,
        reading: ReadingLoop?
    ) {
        self.configuration = configuration
        self.servers = servers
        self.context = context
        self.reading = reading
    }

    /// Waits for the attempt: at most twice the connect timeout a server, and five seconds.
    func run() throws(JetStreamError) -> ConnectionHandle {
        let argument = unsafe Unmanaged.passRetained(self)
        var thread = pthread_t()
        let created = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                if let argument = unsafe argument {
                    unsafe Unmanaged<ConnectionAttempt>.fromOpaque(argument).takeRetainedValue()
                        .connect()
                }
                return nil
            },
            argument.toOpaque()
        )
        guard created == 0 else {
            unsafe argument.release()
            throw .cannotConnect("no thread (\(created))")
        }
        pthread_detach(thread)
        let limit = servers.count * 2 * configuration.connectTimeoutMilliseconds + 5_000
        let ended = state.wait(atMost: .milliseconds(limit)) {
            state -> Result<ConnectionHandle, JetStreamError>? in
            guard case .ended(let result) = state else { return nil }
            return result
        }
        if let ended { return try ended.get() }
        return try state.withLock { state -> Result<ConnectionHandle, JetStreamError> in
            if case .ended(let result) = state { return result }
            state = .abandoned
            return .failure(.wedged(operation: "connect"))
        }.get()
    }

    private func connect() {
        let result = attempt()
        let isWanted = state.withLock { state in
            if case .abandoned = state { return false }
            state = .ended(result)
            return true
        }
        state.wakeAll()
        if !isWanted, case .success(let handle) = result {
            reading?.stop()
            unsafe natsConnection_Destroy(handle.pointer)
        }
    }

    private func attempt() -> Result<ConnectionHandle, JetStreamError> {
        // Given back by the closed callback, or below when there is no connection to close.
        let retained = unsafe Unmanaged.passRetained(context)
        var connection: OpaquePointer?
        var status = NATS_OK
        do throws(JetStreamError) {
            status = try unsafe ConnectionOptions.with(
                configuration,
                servers: servers,
                context: retained.toOpaque(),
                reading: reading
            ) { options in unsafe natsConnection_Connect(&connection, options) }
        } catch {
            unsafe retained.release()
            return .failure(error)
        }
        guard status == NATS_OK, let connection = unsafe connection else {
            let error = LastError.connectError(status)
            unsafe retained.release()
            return .failure(error)
        }
        return .success(unsafe ConnectionHandle(pointer: connection))
    }
}
