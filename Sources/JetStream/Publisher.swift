import CNats

/// Publishes into streams without waiting for each acknowledgement, and tells how each publish
/// ended, with the sequence it got (libnats 3.4.1's own asynchronous publishing does not).
///
/// Nothing is repeated here: whoever gets `unknown` publishes again with the same message id.
package final class Publisher: Sendable {
    private let connection: NATSConnection
    private let ledger: PublishLedger
    private let delivery: MessageDelivery
    private let handle: NATSConnection.SubscriptionHandle
    /// What the reply subjects of this publisher begin with, up to the last dot.
    private let replyPrefix: [UInt8]

    /// - Parameters:
    ///   - windowMax: publishes that may be without an answer, 1 to 65,535.
    ///   - acknowledgementTimeoutMilliseconds: after this a publish ends as `unknown`; checked
    ///     every 50 ms.
    ///   - onOutcome: called once for every publish that returned (for some before it returns), on
    ///     libnats' delivery thread, the thread that publishes, or the one that closes. It must not
    ///     publish on this publisher, since a full window would block it for ever.
    package init(
        on connection: NATSConnection,
        windowMax: Int,
        acknowledgementTimeoutMilliseconds: Int,
        onOutcome: @escaping @Sendable (PublishOutcome) -> Void
    ) throws(JetStreamError) {
        guard (1...PublishWindow.slotsMax).contains(windowMax) else {
            throw .invalid("a publish window of \(windowMax)")
        }
        guard acknowledgementTimeoutMilliseconds > 0 else {
            throw .invalid("an acknowledgement timeout of \(acknowledgementTimeoutMilliseconds)")
        }
        let ledger = PublishLedger(
            windowMax: windowMax,
            timeoutMilliseconds: acknowledgementTimeoutMilliseconds,
            onOutcome: onOutcome
        )
        let random = String(UInt64.random(in: .min ... .max), radix: 36)
        let prefix = "\(connection.inboxPrefix).pub\(random)."
        delivery = MessageDelivery(
            { message in ledger.receive(message) },
            onIdle: { ledger.sweep(Clock.nanoseconds()) }
        )
        handle = try delivery.subscribe(
            on: connection,
            subject: prefix + "*",
            group: nil,
            idleMilliseconds: PublishLedger.sweepMilliseconds,
            pendingMessagesMax: max(windowMax * 2, 1_024),
            pendingBytesMax: max(windowMax * 2, 1_024) * 512
        )
        self.connection = connection
        self.ledger = ledger
        replyPrefix = Array(prefix.utf8)
    }

    deinit {
        close()
    }

    /// Hands one message to the connection; blocks while the window is full.
    ///
    /// - Parameters:
    ///   - messageID: becomes `Nats-Msg-Id`.
    ///   - token: given back in the outcome.
    ///   - contentType: becomes `Content-Type`.
    /// - Throws: `invalid`, `payloadTooLarge`, `bufferFull`, `closed`: the message was not sent and
    ///   has no outcome. What is uncertain is not thrown but becomes the outcome `unknown`.
    package func publish(
        _ subject: String,
        messageID: String?,
        token: UInt64,
        body: [UInt8],
        contentType: String? = nil,
        headers: [(String, String)] = []
    ) throws(JetStreamError) {
        guard let id = ledger.take(token: token) else { throw .closed }
        let sent = send(id, subject, body, messageID, contentType, headers)
        guard case .failure(let error) = sent else { return }
        if case .disconnected = error {
            ledger.conclude(id, uncertain: .connectionLost)
        } else if ledger.withdraw(id) {
            throw error
        }
    }

    /// Whether every publish has its outcome before the time is over.
    package func waitForAll(timeoutMilliseconds: Int) -> Bool {
        ledger.waitForAll(milliseconds: timeoutMilliseconds)
    }

    /// Publishes without an outcome yet.
    package var unansweredCount: Int { ledger.unansweredCount }

    /// Takes no more, ends what is unanswered as `unknown`, and gives up its subscription. Calling
    /// it again does nothing. Not to be called from `onOutcome`.
    package func close() {
        ledger.close()
        delivery.mute()
        _ = unsafe natsSubscription_Unsubscribe(handle.pointer)
    }

    private func send(
        _ id: UInt64,
        _ subject: String,
        _ body: [UInt8],
        _ messageID: String?,
        _ contentType: String?,
        _ headers: [(String, String)]
    ) -> Result<Void, JetStreamError> {
        unsafe withReply(id) { reply in
            do throws(JetStreamError) {
                let message = try unsafe OutgoingMessage(
                    subject: subject,
                    reply: reply,
                    body: body
                )
                try message.add(headers)
                if let messageID { try message.add("Nats-Msg-Id", messageID) }
                if let contentType { try message.add("Content-Type", contentType) }
                let status = unsafe natsConnection_PublishMsg(connection.pointer, message.pointer)
                guard status != NATS_OK else { return .success(()) }
                throw connection.sendError(status, "publish", byteCount: body.count)
            } catch {
                return .failure(error)
            }
        }
    }

    /// Lends the reply subject of a publish: the prefix and the id in 16 hexadecimal digits.
    private func withReply<R>(_ id: UInt64, _ body: (UnsafePointer<CChar>) -> R) -> R {
        let count = replyPrefix.count
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: count + 17) {
            buffer in
            for index in 0..<count {
                unsafe buffer.initializeElement(
                    at: index,
                    to: CChar(bitPattern: replyPrefix[index])
                )
            }
            for digit in 0..<16 {
                let value = UInt8(truncatingIfNeeded: id >> UInt64(60 - 4 * digit)) & 0xf
                let byte = value < 10 ? 0x30 + value : 0x61 + value - 10
                unsafe buffer.initializeElement(at: count + digit, to: CChar(bitPattern: byte))
            }
            unsafe buffer.initializeElement(at: count + 16, to: 0)
            return unsafe body(UnsafePointer(buffer.baseAddress.unsafelyUnwrapped))
        }
    }
}

extension ReceivedMessage {
    /// The id in the last token of the subject an answer came on.
    var subjectID: UInt64? {
        let subject = unsafe subjectBytes.bytes
        guard subject.byteCount > 16 else { return nil }
        var id: UInt64 = 0
        for offset in (subject.byteCount - 16)..<subject.byteCount {
            let byte = subject.byte(at: offset)
            switch byte {
            case 0x30...0x39: id = id << 4 | UInt64(byte - 0x30)
            case 0x61...0x66: id = id << 4 | UInt64(byte - 0x61 + 10)
            default: return nil
            }
        }
        return id
    }
}
