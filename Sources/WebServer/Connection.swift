import CWebSockets
import Glibc

/// One client's socket: reads for its session, writes what the session hands it, closes in order.
/// Belongs to the event loop's thread.
@safe final class Connection {
    private enum State {
        case open
        /// The session is over; its last bytes are on their way.
        case finishing
        /// Everything is sent and our side closed. What the peer still sends is thrown away: closing
        /// over unread bytes would make the kernel reset the connection and lose the answer.
        case halfClosed
        case dead
    }

    let id: UInt64
    let address: String
    let loop: EventLoop
    private let socket: OpaquePointer
    private let descriptor: Int32
    private let isEncrypted: Bool
    private var session: (any Session)?
    private var state = State.open
    private var out = OutQueue()
    private var isFlushing = false
    /// Since when the kernel has taken nothing; nil while it takes what it gets.
    private var blockedSince: Int?
    private var endsAt = 0

    init(
        id: UInt64,
        socket: OpaquePointer,
        accepted: AcceptedSocket,
        isEncrypted: Bool,
        loop: EventLoop
    ) {
        self.id = id
        address = accepted.address
        self.loop = loop
        unsafe self.socket = socket
        descriptor = accepted.descriptor
        self.isEncrypted = isEncrypted
        session = HTTPSession(self)
    }

    var isOpen: Bool { state == .open }

    /// Whether nothing waits to be taken by the kernel.
    var isDrained: Bool { out.isEmpty }

    /// The session if it is a WebSocket's.
    var webSocket: WebSocketSession? { session as? WebSocketSession }

    /// The session if it is HTTP's.
    var http: HTTPSession? { session as? HTTPSession }

    /// From now on another protocol is spoken.
    func change(to session: any Session) {
        self.session = session
    }

    func received(_ bytes: [UInt8]) {
        loop.counters.bytesReceived.count(bytes.count)
        if state == .open { session?.received(bytes) }
    }

    /// What belongs together is given in one call: as soon as all of it is with the kernel, the
    /// session may write what comes next.
    func write(_ chunk: [UInt8], _ rest: [UInt8] = []) {
        guard state == .open else { return }
        out.append(chunk)
        out.append(rest)
        flush()
    }

    /// Takes back what the kernel has not begun to take.
    func dropUnsent() {
        out.dropUnsent()
    }

    func flush() {
        guard !isFlushing, state != .dead else { return }
        isFlushing = true
        defer { isFlushing = false }
        while true {
            var sent = 0
            let outcome =
                isEncrypted
                ? unsafe out.drain(into: .encrypted(socket), sent: &sent)
                : out.drain(into: .plain(descriptor), sent: &sent)
            loop.counters.bytesSent.count(sent)
            switch outcome {
            case .failed: return kill()
            case .blocked:
                if sent > 0 || blockedSince == nil { blockedSince = MonotonicClock.milliseconds() }
                unsafe lws_callback_on_writable(socket)
                return
            case .empty: blockedSince = nil
            }
            if state == .finishing { return halfClose() }
            if state == .open { session?.drained() }
            if out.isEmpty { return state == .finishing ? halfClose() : () }
        }
    }

    /// Ends the session: sends what is written, closes, and waits a moment for the peer to do so.
    func finish() {
        guard state == .open else { return }
        state = .finishing
        endsAt = MonotonicClock.milliseconds() + loop.limits.closeMilliseconds
        flush()
    }

    private func halfClose() {
        state = .halfClosed
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Drops the connection at the loop's next turn.
    func kill() {
        guard state != .dead else { return }
        state = .dead
        unsafe lws_set_timeout(socket, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC)
    }

    func tick(now: Int) {
        switch state {
        case .open:
            if let blockedSince, now - blockedSince >= loop.limits.writeMilliseconds {
                return kill()
            }
            session?.tick(now: now)
        case .finishing, .halfClosed:
            if now >= endsAt { kill() }
        case .dead: break
        }
    }

    func stop() {
        if state == .open { session?.stop() }
    }

    /// libwebsockets has closed the socket.
    func closed() {
        state = .dead
        session?.closed()
        session = nil
    }
}
