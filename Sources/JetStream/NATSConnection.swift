import CNats
import Synchronization

/// A connection to NATS that comes back by itself, for ever, when it breaks; one for deliveries ends
/// instead.
///
/// Calls are safe from any thread and may block while libnats reconnects (its lock is held during
/// each attempt); `isConnected` and `probe()` never do. Only `close()` or the last release of
/// this object ends it; what was subscribed on it keeps it alive.
package final class NATSConnection: Sendable {
    /// A subscription that was made on this connection. libnats 3.4.1 may still look at one that
    /// was left, so none is freed while the connection lives.
    @safe struct SubscriptionHandle: @unchecked Sendable {
        // `@unchecked Sendable`: libnats guards it by a lock of its own.
        let pointer: OpaquePointer
    }

    let inboxPrefix: String

    /// Nil when libnats reads by itself.
    let reading: ReadingLoop?

    private let handle: ConnectionHandle
    private let context: ConnectionContext
    private let subscriptions = Mutex<[SubscriptionHandle]>([])

    var pointer: OpaquePointer { unsafe handle.pointer }

    /// Why a call may have waited in vain.
    var refusals: RefusalLog { context.refusals }

    /// Makes one attempt at each server and blocks until one took the connection or all failed.
    ///
    /// - Parameter onEvent: called on libnats' callback thread; it must not block, since the next
    ///   event waits for it.
    /// - Throws: `cannotConnect`, `authenticationFailed`, `untrusted`, `invalid`, or `wedged`: then a thread of
    ///   this process spins for good, and the process should end.
    package init(
        _ configuration: NATSConfiguration,
        onEvent: @escaping @Sendable (ConnectionEvent) -> Void
    ) throws(JetStreamError) {
        try NATSLibrary.open()
        let servers = NATSConfiguration.servers(in: configuration.urls)
        guard !servers.isEmpty else { throw .invalid("no address of NATS") }
        inboxPrefix = configuration.inboxPrefix
        context = ConnectionContext(configuration, serverCount: servers.count, onEvent: onEvent)
        reading = configuration.isForDeliveries ? try ReadingLoop() : nil
        handle = try ConnectionAttempt(
            configuration,
            servers: servers,
            context: context,
            reading: reading
        ).run()
        context.didConnect()
    }

    deinit {
        reading?.stop()
        unsafe natsConnection_Close(handle.pointer)
        for subscription in subscriptions.withLock({ $0 }) {
            unsafe natsSubscription_Destroy(subscription.pointer)
        }
        unsafe natsConnection_Destroy(handle.pointer)
    }

    /// Connects, and tries again for as long as that makes sense: after errors whose disposition is
    /// `retry`, with pauses that grow from the reconnect wait to 5 s and vary at random.
    package static func connect(
        _ configuration: NATSConfiguration,
        retryingForMilliseconds limit: Int,
        onEvent: @escaping @Sendable (ConnectionEvent) -> Void
    ) throws(JetStreamError) -> NATSConnection {
        let end = Clock.nanoseconds() + UInt64(max(limit, 0)) * 1_000_000
        var pause = max(configuration.reconnectWaitMilliseconds, 1)
        while true {
            do throws(JetStreamError) {
                return try NATSConnection(configuration, onEvent: onEvent)
            } catch {
                let wait = pause + Int.random(in: 0...pause)
                let next = Clock.nanoseconds() + UInt64(wait) * 1_000_000
                guard error.disposition == .retry, next < end else { throw error }
                nats_Sleep(Int64(wait))
                pause = min(pause * 2, 5_000)
            }
        }
    }

    /// Whether the last thing heard was that a server has the connection.
    package var isConnected: Bool { context.isConnected && !context.isClosed }

    /// The state for a watchdog, without any lock of libnats: it answers while the library hangs.
    package func probe() -> ConnectionHealth { context.health }

    /// The server's limit for headers and body of a message.
    package var maxPayload: Int { unsafe Int(natsConnection_GetMaxPayload(handle.pointer)) }

    /// Bytes published that were not yet written to the socket. What waits for a reconnect is not
    /// counted.
    package var bufferedBytes: Int { unsafe max(Int(natsConnection_Buffered(handle.pointer)), 0) }

    /// Waits until the server has answered a ping, and so has read everything before it.
    ///
    /// - Throws: `timeout`, `disconnected` or `closed`.
    package func flush(timeoutMilliseconds: Int) throws(JetStreamError) {
        let status = unsafe natsConnection_FlushTimeout(
            handle.pointer,
            Int64(timeoutMilliseconds)
        )
        guard status == NATS_OK else { throw LastError.error(status, "flush") }
    }

    /// Sends what is buffered, waits up to 2 s for the server to have it, and ends the connection
    /// and every subscription on it: what their queues still hold is not handed out. Calling it
    /// again does nothing. It does not come back while the connection is wedged (see `probe`).
    package func close() {
        if isConnected { try? flush(timeoutMilliseconds: 2_000) }
        reading?.stop()
        unsafe natsConnection_Close(handle.pointer)
    }

    /// Hands a subscription over to be freed with the connection.
    func keep(_ subscription: SubscriptionHandle) {
        subscriptions.withLock { $0.append(subscription) }
    }
}
