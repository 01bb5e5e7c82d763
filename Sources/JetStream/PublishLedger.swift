import Synchronization

/// What a publisher and its subscription share: who waits for an answer, and who is told of it.
final class PublishLedger: Sendable {
    /// How often publishes without an answer are looked for.
    static let sweepMilliseconds = 50

    private let window: Monitor<PublishWindow>
    private let timeoutNanoseconds: UInt64
    private let onOutcome: @Sendable (PublishOutcome) -> Void
    private let nextSweep = Atomic<UInt64>(0)

    init(
        windowMax: Int,
        timeoutMilliseconds: Int,
        onOutcome: @escaping @Sendable (PublishOutcome) -> Void
    ) {
        window = Monitor(PublishWindow(capacity: windowMax))
        timeoutNanoseconds = UInt64(timeoutMilliseconds) * 1_000_000
        self.onOutcome = onOutcome
    }

    var unansweredCount: Int { window.withLock { $0.count } }

    /// Takes a place in the window, and waits for one while it is full; nil once it was closed.
    func take(token: UInt64) -> UInt64? {
        window.wait(milliseconds: nil) { window -> UInt64?? in
            if window.isClosed { return .some(nil) }
            return window.take(token: token, nowNanoseconds: Clock.nanoseconds()).map { .some($0) }
        } ?? nil
    }

    /// Whether nothing is unanswered before the time is over.
    func waitForAll(milliseconds: Int) -> Bool {
        window.wait(milliseconds: milliseconds) { $0.count == 0 ? true : nil } ?? false
    }

    /// Ends a publish without telling: nil if it has had its outcome.
    func finish(_ id: UInt64) -> PublishWindow.Entry? {
        let (entry, wakes) = window.withLock { window in
            let entry = window.finish(id)
            // Waking for every slot would cost a switch of threads a message.
            let wakes = window.count == 0 || window.count == window.capacity * 3 / 4
            return (entry, entry != nil && wakes)
        }
        if wakes { window.wakeAll() }
        return entry
    }

    func conclude(_ id: UInt64, uncertain why: PublishOutcome.Uncertainty) {
        guard let entry = finish(id) else { return }
        onOutcome(.unknown(token: entry.token, why: why))
    }

    func close() {
        let entries = window.withLock { $0.close() }
        window.wakeAll()
        for entry in entries { onOutcome(.unknown(token: entry.token, why: .closed)) }
    }

    /// An answer came.
    func receive(_ message: borrowing ReceivedMessage) {
        let now = Clock.nanoseconds()
        if let id = message.subjectID, let entry = finish(id) {
            onOutcome(Self.outcome(message, entry, now))
        }
        if now >= nextSweep.load(ordering: .relaxed) { sweep(now) }
    }

    /// Ends what waited too long, and wakes whoever waits for a place.
    func sweep(_ now: UInt64) {
        let interval = UInt64(Self.sweepMilliseconds) * 1_000_000
        nextSweep.store(now + interval, ordering: .relaxed)
        guard now > timeoutNanoseconds else { return }
        let entries = window.withLock {
            $0.expire(sentBeforeNanoseconds: now - timeoutNanoseconds)
        }
        window.wakeAll()
        for entry in entries { onOutcome(.unknown(token: entry.token, why: .timeout)) }
    }

    private static func outcome(
        _ message: borrowing ReceivedMessage,
        _ entry: PublishWindow.Entry,
        _ now: UInt64
    ) -> PublishOutcome {
        if message.bodyByteCount == 0, message.header("Status") == "503" {
            // Nobody had the subject when the server looked, so nobody stored it.
            return .refused(
                token: entry.token,
                code: 503,
                errorCode: 0,
                description: "no responders"
            )
        }
        let answer = message.withBody { body in
            PublishAnswer(Span<UInt8>(_bytes: body))
        }
        switch answer {
        case .acknowledged(let acknowledgement):
            return .acknowledged(
                token: entry.token,
                stream: acknowledgement.stream,
                sequence: acknowledgement.sequence,
                isDuplicate: acknowledgement.isDuplicate,
                latencyNanoseconds: now - min(entry.sentNanoseconds, now)
            )
        case .refused(let code, let errorCode, let description):
            return .refused(
                token: entry.token,
                code: code,
                errorCode: errorCode,
                description: description
            )
        case nil:
            return .unknown(token: entry.token, why: .malformedAnswer)
        }
    }
}
