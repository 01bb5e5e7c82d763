/// One WebSocket client: reads its messages, sends it the newest snapshot it can take.
final class WebSocketSession: Session {
    let hub: Int
    private unowned let connection: Connection
    private var reader: FrameReader
    private var isClosing = false
    /// When the peer must have answered our close.
    private var closesAt = 0
    private var isCounted = false
    private var heardAt: Int
    private var pingedAt: Int?
    /// The newest snapshot, while an older one is still on its way.
    private var snapshot: [UInt8]?
    private var offered: UInt64 = 0
    /// Messages for this client alone; they go before the snapshot.
    private var messages: [[UInt8]] = []
    /// Since when something newer waits behind what is on its way.
    private var waitingSince: Int?
    private var windowBegan: Int
    private var windowCount = 0

    private var loop: EventLoop { connection.loop }
    private var socketHub: WebSocketHub { loop.site.hubs[hub] }

    init(_ connection: Connection, hub: Int) {
        self.connection = connection
        self.hub = hub
        reader = FrameReader(limits: connection.loop.limits)
        heardAt = MonotonicClock.milliseconds()
        windowBegan = heardAt
    }

    /// The client is in: it counts, and gets the latest snapshot.
    func begin(_ request: HTTPRequest) {
        isCounted = true
        loop.counters.webSocketsTotal.count()
        loop.counters.webSocketsOpen.count()
        socketHub.clients.count()
        socketHub.handlers.onConnect?(connection.id, request)
        if let latest = socketHub.latest { offer(latest) }
    }

    func closed() {
        guard isCounted else { return }
        isCounted = false
        loop.counters.webSocketsOpen.count(-1)
        socketHub.clients.count(-1)
        socketHub.handlers.onDisconnect?(connection.id)
    }

    // MARK: To the client

    func offer(_ newer: WebSocketHub.Snapshot) {
        // One that came while the client connected is offered twice.
        guard !isClosing, newer.number > offered else { return }
        offered = newer.number
        guard !connection.isDrained || !messages.isEmpty else {
            loop.counters.framesSent.count()
            return connection.write(newer.frame)
        }
        if snapshot != nil { loop.counters.framesReplaced.count() }
        snapshot = newer.frame
        noteWaiting()
    }

    func send(_ frame: [UInt8]) {
        guard !isClosing else { return }
        guard !connection.isDrained else {
            loop.counters.framesSent.count()
            return connection.write(frame)
        }
        guard messages.count < loop.limits.queuedMessagesMax else { return closeSlowClient() }
        messages.append(frame)
        noteWaiting()
    }

    private func noteWaiting() {
        if waitingSince == nil { waitingSince = MonotonicClock.milliseconds() }
    }

    func drained() {
        guard !isClosing else { return }
        if !messages.isEmpty {
            let batch = messages
            messages = []
            loop.counters.framesSent.count(batch.count)
            for frame in batch { connection.write(frame) }
        }
        if let frame = snapshot, connection.isDrained {
            snapshot = nil
            loop.counters.framesSent.count()
            connection.write(frame)
        }
        if snapshot == nil { waitingSince = nil }
    }

    func close(_ code: CloseCode, reason: String) {
        guard !isClosing else { return }
        isClosing = true
        closesAt = MonotonicClock.milliseconds() + loop.limits.closeMilliseconds
        snapshot = nil
        messages = []
        connection.dropUnsent()
        connection.write(WebSocketFrame.close(code, reason: reason))
    }

    func stop() { close(.goingAway, reason: "the server stops") }

    private func closeSlowClient() {
        loop.counters.slowClientsClosed.count()
        loop.onEvent(.slowClientClosed(path: socketHub.path, address: connection.address))
        close(.tryAgainLater, reason: "the client does not keep up")
    }

    // MARK: From the client

    func received(_ bytes: [UInt8]) {
        heardAt = MonotonicClock.milliseconds()
        pingedAt = nil
        reader.append(bytes)
        while connection.isOpen, let event = reader.next() {
            guard !isClosing else {
                if case .close = event { return connection.finish() }
                if case .failure = event { return connection.finish() }
                continue
            }
            handle(event)
        }
    }

    private func handle(_ event: FrameReader.Event) {
        switch event {
        case .text(let text):
            loop.counters.framesReceived.count()
            guard admit() else { return }
            socketHub.handlers.onText?(connection.id, text)
        case .binary: refuse(.unsupportedData, "only text is taken")
        case .ping(let payload):
            guard admit() else { return }
            // A pong may skip pings the client sent meanwhile (RFC 6455, 5.5.3).
            if connection.isDrained { connection.write(WebSocketFrame.pong(payload)) }
        case .pong: _ = admit()
        case .close(let code):
            close(code ?? .normal, reason: "")
            connection.finish()
        case .failure(let code, let reason): refuse(code, reason)
        }
    }

    private func refuse(_ code: CloseCode, _ reason: String) {
        loop.counters.hostileInputs.count()
        close(code, reason: reason)
    }

    /// Counts what the client sends; closes it beyond the limit.
    private func admit() -> Bool {
        if heardAt - windowBegan >= 60_000 {
            windowBegan = heardAt
            windowCount = 0
        }
        windowCount += 1
        guard windowCount > loop.limits.messagesPerMinuteMax else { return true }
        refuse(.policyViolation, "too many messages")
        return false
    }

    func tick(now: Int) {
        let limits = loop.limits
        if isClosing {
            if now >= closesAt { connection.finish() }
            return
        }
        if let waitingSince, now - waitingSince >= limits.slowClientMilliseconds {
            return closeSlowClient()
        }
        if now - heardAt >= limits.silenceMilliseconds { return connection.kill() }
        if now - heardAt >= limits.pingMilliseconds, pingedAt == nil, connection.isDrained {
            pingedAt = now
            connection.write(WebSocketFrame.ping())
        }
    }
}
