/// HTTP/1.1 on one connection: one request at a time, answers in order.
final class HTTPSession: Session {
    private struct Exchange {
        let serial: UInt64
        let framing: ResponseEncoder.Framing
        let extraHeaders: [(name: String, value: String)]
        let endsAt: Int
    }

    private unowned let connection: Connection
    private var reader: RequestReader
    private var progress = RequestReader.Progress.idle
    /// When the progress last changed.
    private var since = MonotonicClock.milliseconds()
    private var hasServed = false
    private var isStopping = false
    /// The last answer is given; what came behind its request is not read.
    private var isOver = false
    private var serial: UInt64 = 0
    /// The deferred request that waits for its answer.
    private var pending: Exchange?

    private var loop: EventLoop { connection.loop }

    init(_ connection: Connection) {
        self.connection = connection
        reader = RequestReader(limits: connection.loop.limits)
    }

    func received(_ bytes: [UInt8]) {
        reader.append(bytes)
        guard !reader.isOverfull else { return connection.finish() }
        process()
    }

    func drained() { process() }

    func closed() { pending = nil }

    func stop() {
        isStopping = true
        if pending == nil, progress == .idle, connection.isDrained { connection.finish() }
    }

    /// The next answer is the last.
    func retire() { isStopping = true }

    private func process() {
        while !isOver, pending == nil, connection.isOpen, connection.isDrained {
            switch reader.next() {
            case .needsMore: return noteProgress()
            case .wantsContinue: connection.write(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
            case .request(let head, let body):
                noteRequest()
                serve(head, body)
            case .refused(let failure): return refuse(failure)
            }
        }
    }

    private func noteProgress() {
        guard reader.progress != progress else { return }
        progress = reader.progress
        since = MonotonicClock.milliseconds()
    }

    private func noteRequest() {
        progress = .idle
        since = MonotonicClock.milliseconds()
        hasServed = true
    }

    private func serve(_ head: RequestHead, _ body: [UInt8]) {
        let framing = ResponseEncoder.Framing(
            omitsBody: head.method == .head,
            keepsAlive: head.keepsAlive && !isStopping,
            isHTTP10: head.isHTTP10
        )
        switch loop.site.answer(head, body: body, address: connection.address) {
        case .response(let response):
            if response.status == 403, WebSocketHandshake.isAsked(head) {
                loop.counters.hostileInputs.count()
            }
            send(response, framing)
        case .upgrade(let hub, let request): upgrade(head, hub, request)
        case .deferred(let handler, let request, let milliseconds, let extraHeaders):
            serial += 1
            pending = Exchange(
                serial: serial,
                framing: framing,
                extraHeaders: extraHeaders,
                endsAt: since + milliseconds
            )
            let responder = HTTPResponder(
                mailbox: loop.mailbox,
                connection: connection.id,
                exchange: serial
            )
            handler(request, responder)
        }
    }

    /// The answer of a deferred handler; ignored when it is not the one waited for.
    func respond(_ response: HTTPResponse, exchange: UInt64) {
        guard let pending, pending.serial == exchange else { return }
        self.pending = nil
        since = MonotonicClock.milliseconds()
        var response = response
        response.headers += pending.extraHeaders
        var framing = pending.framing
        framing.keepsAlive = framing.keepsAlive && !isStopping
        send(response, framing)
        process()
    }

    private func send(_ response: HTTPResponse, _ framing: ResponseEncoder.Framing) {
        loop.counters.countResponse(status: response.status)
        if !framing.keepsAlive { isOver = true }
        let (head, body) = loop.site.encoder.encode(response, framing)
        connection.write(head, body)
        if !framing.keepsAlive { connection.finish() }
    }

    /// Answers and closes: where the next request would begin cannot be known.
    private func refuse(_ failure: RequestFailure) {
        loop.counters.hostileInputs.count()
        send(
            .failure(status: failure.status, code: failure.code, message: failure.message),
            ResponseEncoder.Framing(keepsAlive: false)
        )
    }

    private func upgrade(_ head: RequestHead, _ hub: Int, _ request: HTTPRequest) {
        guard !isStopping else {
            return send(
                .failure(status: 503, code: "stopping", message: "the server stops"),
                ResponseEncoder.Framing(keepsAlive: false)
            )
        }
        isOver = true
        connection.write(WebSocketHandshake.acceptance(head))
        let rest = reader.takeRest()
        let session = WebSocketSession(connection, hub: hub)
        connection.change(to: session)
        session.begin(request)
        if !rest.isEmpty { session.received(rest) }
    }

    func tick(now: Int) {
        let limits = loop.limits
        if let pending {
            guard now >= pending.endsAt else { return }
            return respond(
                .failure(status: 503, code: "no_answer_in_time", message: "try again later"),
                exchange: pending.serial
            )
        }
        guard connection.isDrained else { return }
        switch progress {
        case .idle:
            let limit = hasServed ? limits.idleMilliseconds : limits.headerMilliseconds
            if now - since >= limit { connection.finish() }
        case .head:
            if now - since >= limits.headerMilliseconds { refuse(.tooSlow) }
        case .body:
            if now - since >= limits.bodyMilliseconds { refuse(.tooSlow) }
        }
    }
}

extension RequestFailure {
    fileprivate static let tooSlow = RequestFailure(
        status: 408,
        code: "request_timeout",
        message: "the request did not come in time"
    )
}
