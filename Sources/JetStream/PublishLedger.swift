import Synchronization
import Threading

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
        window.wait(atMost: nil) { window -> UInt64?? in
            if window.isClosed { return .some(nil) }
            return window.take(token: token, nowNanoseconds: Clock.nanoseconds()).map { .some($0) }
        } ?? nil
    }

    /// Whether nothing is unanswered before the time is over.
    func waitForAll(milliseconds: Int) -> Bool {
        window.wait(atMost: .milliseconds(milliseconds)) { $0.isSettled ? true : nil } ?? false
    }

    /// Takes a publish back that was never sent: no outcome is told. False if it had one already.
    func withdraw(_ id: UInt64) -> Bool {
        guard finish(id) != nil else { return false }
        settle(1)
        return true
    }

    /// Ends a publish whose fate nobody knows.
    func conclude(_ id: UInt64, uncertain why: PublishOutcome.Uncertainty) {
        guard let entry = finish(id) else { return }
        tell([entry], why)
    }

    func close() {
        let entries = window.withLock { $0.close() }
        window.wakeAll()
        tell(entries, .closed)
    }

    private func finish(_ id: UInt64) -> PublishWindow.Entry? {
        window.withLock { $0.finish(id) }
    }

    private func tell(
        _ entries: [PublishWindow.Entry],
        _ why: PublishOutcome.Uncertainty
    ) {
        for entry in entries { onOutcome(.unknown(token: entry.token, why: why)) }
        settle(entries.count)
    }

    /// Notes that outcomes were told and wakes those who wait for it, or for a place: not for every
    /// place, which would cost a switch of threads a message.
    private func settle(_ number: Int) {
        let wakes = window.withLock { window in
            window.told(number)
            return window.isSettled || window.count == window.capacity * 3 / 4
        }
        if wakes || number > 1 { window.wakeAll() }
    }

    /// An answer came.
    func receive(_ message: borrowing ReceivedMessage) {
        let now = Clock.nanoseconds()
        if let id = message.subjectID, let entry = finish(id) {
            onOutcome(Self.outcome(message, entry, now))
            settle(1)
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
        tell(entries, .timeout)
        window.wakeAll()
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
