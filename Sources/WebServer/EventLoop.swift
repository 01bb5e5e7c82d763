import CWebSockets
import Glibc
import Synchronization

/// The thread all sockets live on. libwebsockets waits for them, reads, closes and keeps the time;
/// the protocols are spoken by `HTTPSession` and `WebSocketSession`.
///
/// libwebsockets 4.1.6's own HTTP and WebSocket roles are not used, since they cannot give the
/// answers this server owes: headers that are too large or too slow are dropped without 431 or 408,
/// an unknown method is 403, unmasked frames are taken, a path is decoded before it is split, and
/// "Upgrade: h2c" is accepted.
///
/// `@unchecked Sendable`: everything but `mailbox`, `counters` and `turnedAt` belongs to the loop's
/// thread, and to the owner before that thread starts.
@safe final class EventLoop: @unchecked Sendable {
    let site: Site
    let limits: WebServerLimits
    let onEvent: @Sendable (WebServerEvent) -> Void
    let mailbox = Mailbox()
    let counters = Counters()
    /// When the loop last showed that it turns.
    let turnedAt = Atomic(MonotonicClock.milliseconds())

    private let onTurn: @Sendable () -> Void
    let library: LibraryContext
    private var listener: ListenerHandle?
    private var connections: [UInt64: Connection] = [:]
    private var connectionsByAddress: [String: Int] = [:]
    private var lastID: UInt64 = 0
    private var refusalToldAt: Int?
    private var stopsAt: Int?
    private var isFinished = false

    /// - Parameter descriptor: the listening socket, the loop's from now on, also when this throws.
    init(
        site: Site,
        listener descriptor: Int32,
        encryption: WebServerEncryption?,
        onEvent: @escaping @Sendable (WebServerEvent) -> Void,
        onTurn: @escaping @Sendable () -> Void
    ) throws(WebServerError) {
        self.site = site
        limits = site.limits
        self.onEvent = onEvent
        self.onTurn = onTurn
        do throws(WebServerError) {
            library = try LibraryContext(
                descriptorsMax: site.limits.connectionsMax + 8,
                encryption: encryption
            ) { onEvent(.libraryError($0)) }
        } catch {
            close(descriptor)
            throw error
        }
        listener = try library.listen(descriptor)
        library.attach(self)
        mailbox.open(library.sleeper)
    }

    deinit { library.detach() }

    /// Runs until a shut-down is over; blocks the calling thread.
    func run() {
        library.startTimer()
        while !isFinished {
            guard library.service() else {
                onEvent(.loopFailed)
                break
            }
        }
        end()
    }

    /// Closes whatever is left and frees what libwebsockets holds.
    func end() {
        mailbox.close()
        library.destroy()
        connections = [:]
    }

    // MARK: What libwebsockets tells

    func acceptAll() {
        guard let listener else { return }
        for _ in 0..<Self.acceptsPerTurnMax {
            let outcome = AcceptedSocket.accept(
                from: listener.descriptor,
                sendBufferBytes: limits.sendBufferBytes
            )
            switch outcome {
            case .socket(let socket): admit(socket)
            case .none: return
            case .exhausted: return listener.turnAwayOne()
            }
        }
    }

    private func admit(_ accepted: AcceptedSocket) {
        counters.connectionsTotal.count()
        let fromThere = connectionsByAddress[accepted.address, default: 0]
        guard connections.count < limits.connectionsMax,
            fromThere < limits.connectionsPerAddressMax, stopsAt == nil
        else { return turnAway(accepted) }
        guard let socket = unsafe library.adopt(accepted.descriptor) else { return }
        lastID += 1
        let connection = unsafe Connection(
            id: lastID,
            socket: socket,
            accepted: accepted,
            isEncrypted: library.isEncrypted,
            loop: self
        )
        unsafe library.attach(connection, to: socket)
        connections[lastID] = connection
        connectionsByAddress[accepted.address] = fromThere + 1
        counters.connectionsOpen.count()
    }

    /// The client may lose the answer to a reset when it has sent its request already: waiting for
    /// it would cost what the limit saves.
    private func turnAway(_ accepted: AcceptedSocket) {
        counters.connectionsRefused.count()
        counters.countResponse(status: 503)
        var response = HTTPResponse.failure(
            status: 503,
            code: "too_many_connections",
            message: "try again later"
        )
        response.headers.append((name: "Retry-After", value: "5"))
        if !library.isEncrypted {
            var out = OutQueue()
            out.append(site.encoder.encode(response, .init(keepsAlive: false)).head)
            var sent = 0
            _ = out.drain(into: .plain(accepted.descriptor), sent: &sent)
        }
        shutdown(accepted.descriptor, Int32(SHUT_WR))
        close(accepted.descriptor)
        let now = MonotonicClock.milliseconds()
        if refusalToldAt.map({ now - $0 >= Self.refusalPauseMilliseconds }) ?? true {
            refusalToldAt = now
            onEvent(
                .connectionsRefused(
                    address: accepted.address,
                    openConnections: connections.count
                )
            )
        }
    }

    func connectionClosed(_ connection: Connection) {
        connection.closed()
        guard connections.removeValue(forKey: connection.id) != nil else { return }
        counters.connectionsOpen.count(-1)
        let left = connectionsByAddress[connection.address, default: 1] - 1
        connectionsByAddress[connection.address] = left > 0 ? left : nil
        finishIfDone()
    }

    /// Called some times a second.
    func tick() {
        let now = MonotonicClock.milliseconds()
        turnedAt.store(now, ordering: .relaxed)
        onTurn()
        for connection in connections.values { connection.tick(now: now) }
        finishIfDone()
    }

    private func finishIfDone() {
        guard let stopsAt, connections.isEmpty || MonotonicClock.milliseconds() >= stopsAt,
            !isFinished
        else { return }
        isFinished = true
        mailbox.wake()
    }

    /// Other threads have posted something.
    func readMailbox() {
        for command in mailbox.take() {
            switch command {
            case .respond(let id, let exchange, let response):
                connections[id]?.http?.respond(response, exchange: exchange)
            case .broadcast(let hub): broadcast(hub)
            case .send(let id, let frame): connections[id]?.webSocket?.send(frame)
            case .close(let id, let code, let reason):
                connections[id]?.webSocket?.close(code, reason: reason)
            case .stopAccepting: stopAccepting()
            case .shutDown(let milliseconds): beginShutDown(milliseconds)
            }
        }
    }

    private func broadcast(_ hub: Int) {
        guard let snapshot = site.hubs[hub].takeAnnounced() else { return }
        for connection in connections.values {
            if let session = connection.webSocket, session.hub == hub { session.offer(snapshot) }
        }
    }

    private func stopAccepting() {
        listener?.close()
        listener = nil
        for connection in connections.values { connection.http?.retire() }
    }

    private func beginShutDown(_ milliseconds: Int) {
        guard stopsAt == nil else { return }
        stopAccepting()
        stopsAt = MonotonicClock.milliseconds() + milliseconds
        for connection in connections.values { connection.stop() }
        finishIfDone()
    }

    private static let acceptsPerTurnMax = 64
    private static let refusalPauseMilliseconds = 10_000
}
