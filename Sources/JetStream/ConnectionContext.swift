import CNats
import Synchronization

/// What libnats' callbacks of one connection reach. Each connection that came about holds one
/// retain for libnats, given back in the closed callback, which is its last.
final class ConnectionContext: Sendable {
    let refusals: RefusalLog

    private let onEvent: @Sendable (ConnectionEvent) -> Void
    private let connectTimeoutMilliseconds: Int
    private let reconnectWaitMilliseconds: Int
    private let serverCount: Atomic<Int>
    private let connected = Atomic(false)
    private let disconnectedSince = Atomic<UInt64>(0)
    /// When the connection was lost or an attempt to reconnect began, whichever is later.
    private let lastAttempt = Atomic<UInt64>(0)
    private let closed = Atomic(false)

    init(
        _ configuration: NATSConfiguration,
        serverCount: Int,
        onEvent: @escaping @Sendable (ConnectionEvent) -> Void
    ) {
        self.onEvent = onEvent
        refusals = RefusalLog(inboxPrefix: configuration.inboxPrefix)
        connectTimeoutMilliseconds = configuration.connectTimeoutMilliseconds
        reconnectWaitMilliseconds = configuration.reconnectWaitMilliseconds
        self.serverCount = Atomic(serverCount)
    }

    var isConnected: Bool { connected.load(ordering: .relaxed) }
    var isClosed: Bool { closed.load(ordering: .relaxed) }

    /// One attempt tries one server: TCP, then INFO and PONG, each within the connect timeout; the
    /// servers in between are tried without a beat. Ten seconds are for names that do not resolve.
    private var attemptMaxNanoseconds: UInt64 {
        let servers = max(serverCount.load(ordering: .relaxed), 1)
        let attempts = servers * 2 * connectTimeoutMilliseconds
        return UInt64(attempts + 2 * reconnectWaitMilliseconds + 10_000) * 1_000_000
    }

    var health: ConnectionHealth {
        let isConnected = self.isConnected
        let now = Clock.nanoseconds()
        let since = disconnectedSince.load(ordering: .relaxed)
        let attempt = lastAttempt.load(ordering: .relaxed)
        let isAway = !isConnected && since > 0
        return ConnectionHealth(
            isConnected: isConnected,
            disconnectedForMilliseconds: isAway ? Int(now &- since) / 1_000_000 : 0,
            isWedged: isAway && !isClosed && now > attempt + attemptMaxNanoseconds,
            isClosed: isClosed
        )
    }

    func didConnect() {
        disconnectedSince.store(0, ordering: .relaxed)
        connected.store(true, ordering: .relaxed)
    }

    func didReconnect(server: String, serverCount: Int) {
        self.serverCount.store(serverCount, ordering: .relaxed)
        didConnect()
        onEvent(.reconnected(server: server))
    }

    func didDisconnect() {
        noteLoss()
        onEvent(.disconnected)
    }

    func didClose() {
        noteLoss()
        closed.store(true, ordering: .relaxed)
        onEvent(.closed)
    }

    func didReceive(_ event: ConnectionEvent) {
        if case .permissionViolation(let text) = event { refusals.note(text) }
        onEvent(event)
    }

    /// Called by libnats' reconnect thread before each round through the servers. Returns the pause
    /// before it.
    func reconnectDelayMilliseconds() -> Int64 {
        noteLoss()
        let pause = max(reconnectWaitMilliseconds, 1)
        return Int64(pause + Int.random(in: 0...pause))
    }

    private func noteLoss() {
        let now = Clock.nanoseconds()
        lastAttempt.store(now, ordering: .relaxed)
        _ = disconnectedSince.compareExchange(expected: 0, desired: now, ordering: .relaxed)
        connected.store(false, ordering: .relaxed)
    }
}
