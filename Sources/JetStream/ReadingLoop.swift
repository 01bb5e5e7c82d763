import CNats
import Glibc
import Synchronization
import Threading

/// Moves the bytes of one connection on a thread of its own, in place of libnats' reading thread: while too
/// much waits for the handler of a subscription, nothing is read, and the server has to wait. libnats by
/// itself reads whatever comes and drops what it may not keep.
///
/// For a connection that never reconnects: in this mode libnats 3.4.1 keeps its parser when the socket is
/// lost, and would continue half a message with the first bytes of the next socket.
final class ReadingLoop: Sendable {
    /// How long to wait before it is looked again how much the handler has left.
    private static let pauseMilliseconds: Int32 = 1
    /// A handler that is stuck for longer than this is read past: a server whose bytes are not taken hangs
    /// up, and libnats' own limit still holds.
    private static let pauseMax = Duration.seconds(2)

    @safe private struct State: @unchecked Sendable {  // The pointer is libnats', which guards it.
        var connection: OpaquePointer?
        var socket: Int32 = -1
        var reads = false
        var writes = false
        var isOver = false
        var limit: (subscription: NATSConnection.SubscriptionHandle, bytes: Int32)?

        /// Ends what the thread may wait for inside libnats, which under TLS waits for whole records.
        mutating func hangUp() {
            if socket >= 0 { shutdown(socket, Int32(SHUT_RDWR)) }
            socket = -1
        }
    }

    private let state = Mutex(State())
    /// Whether the thread runs; false again after its end.
    private let isRunning = Monitor(false)
    private let wake: Int32

    init() throws(JetStreamError) {
        wake = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard wake >= 0 else { throw .cannotConnect("no event descriptor (\(errno))") }
    }

    deinit { close(wake) }

    /// Has libnats call this loop, which must outlive the connection.
    func take(_ options: OpaquePointer) -> natsStatus {
        let loop = unsafe Unmanaged.passUnretained(self).toOpaque()
        return unsafe natsOptions_SetEventLoop(
            options,
            loop,
            Self.attach,
            Self.setReading,
            Self.setWriting,
            Self.detach
        )
    }

    /// Nothing is read while more than `bytes` wait for the subscription's handler.
    func hold(_ subscription: NATSConnection.SubscriptionHandle, at bytes: Int) {
        state.withLock { $0.limit = (subscription, Int32(clamping: bytes)) }
    }

    /// Moves nothing more, and returns when the thread has ended. To be called before the connection is
    /// closed: libnats closes the socket at once, and its number may be another's the next moment.
    /// (When the server left pings unanswered libnats closes it by itself, while nothing comes.)
    func stop() {
        _ = change { state in
            state.isOver = true
            state.hangUp()
        }
        isRunning.wait { $0 ? .wait : .done(()) }
    }

    // MARK: The thread

    private func run() {
        var pausedSince: ContinuousClock.Instant?
        while true {
            let now = state.withLock { $0 }
            if now.isOver { break }
            guard let connection = unsafe now.connection else { break }
            var isPaused = now.reads && isBehind(now)
            if !isPaused {
                pausedSince = nil
            } else if let since = pausedSince {
                isPaused = since.duration(to: .now) < Self.pauseMax
            } else {
                pausedSince = .now
            }
            let found = wait(for: now, isPaused)
            if found.canRead { unsafe natsConnection_ProcessReadEvent(connection) }
            if found.canWrite { unsafe natsConnection_ProcessWriteEvent(connection) }
        }
        isRunning.update { $0 = false }
    }

    private func isBehind(_ state: State) -> Bool {
        guard let limit = state.limit else { return false }
        var bytes: Int32 = 0
        let status = unsafe natsSubscription_GetPending(limit.subscription.pointer, nil, &bytes)
        return status == NATS_OK && bytes > limit.bytes
    }

    private func wait(for state: State, _ isPaused: Bool) -> (canRead: Bool, canWrite: Bool) {
        var events: Int32 = 0
        if state.reads, !isPaused { events |= POLLIN }
        if state.writes { events |= POLLOUT }
        var polled = [
            pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
            // Without a wish the end of the socket is no news either.
            pollfd(fd: events == 0 ? -1 : state.socket, events: Int16(events), revents: 0),
        ]
        let count = unsafe poll(&polled, 2, isPaused ? Self.pauseMilliseconds : -1)
        guard count > 0 else { return (false, false) }
        if polled[0].revents != 0 {
            var value: UInt64 = 0
            _ = unsafe read(wake, &value, MemoryLayout<UInt64>.size)
        }
        let seen = Int32(polled[1].revents)
        let isOver = seen & (POLLHUP | POLLERR | POLLNVAL) != 0
        return (
            state.reads && (seen & POLLIN != 0 || isOver),
            state.writes && seen & POLLOUT != 0
        )
    }

    // MARK: What libnats calls, with the connection locked

    private func change(_ change: (inout State) -> Void) -> natsStatus {
        state.withLock { change(&$0) }
        var one: UInt64 = 1
        _ = unsafe write(wake, &one, MemoryLayout<UInt64>.size)
        return NATS_OK
    }

    private static let attach: natsEvLoop_Attach = { data, loop, connection, socket in
        guard let loop = unsafe loop else { return NATS_INVALID_ARG }
        unsafe data?.pointee = loop
        let reading = unsafe Unmanaged<ReadingLoop>.fromOpaque(loop).takeUnretainedValue()
        let isFirst = reading.isRunning.withLock { isRunning in
            defer { isRunning = true }
            return !isRunning
        }
        let status = reading.change { state in
            unsafe state.connection = connection
            state.socket = socket
            state.reads = true
        }
        if isFirst { BlockingThread.start("nats-reading") { reading.run() } }
        return status
    }

    private static let setReading: natsEvLoop_ReadAddRemove = { data, adds in
        unsafe of(data)?.change { state in
            state.reads = adds
            // libnats closes the socket next.
            if !adds { state.hangUp() }
        } ?? NATS_INVALID_ARG
    }

    private static let setWriting: natsEvLoop_WriteAddRemove = { data, adds in
        unsafe of(data)?.change { $0.writes = adds } ?? NATS_INVALID_ARG
    }

    private static let detach: natsEvLoop_Detach = { data in
        unsafe of(data)?.change { $0.isOver = true } ?? NATS_INVALID_ARG
    }

    private static func of(_ data: UnsafeMutableRawPointer?) -> ReadingLoop? {
        unsafe data.map { unsafe Unmanaged<ReadingLoop>.fromOpaque($0).takeUnretainedValue() }
    }
}
