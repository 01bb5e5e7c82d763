import Threading

/// Changes that last for moments only, and the server's clock.
extension JetStreamManager {
    /// Answers to a pair of requests.
    private struct Answers {
        var count = 0
        var refusal: JetStreamError?
    }

    /// Changes a stream and changes it at once to something else. Both requests leave this process
    /// together, so that its death cannot come between them; but a server may carry them out in the
    /// other order (nats-server 2.15 does): look at the stream afterwards.
    ///
    /// - Throws: `refused` when the server took one of them for wrong; `timeout` when it has not
    ///   answered both: either may still be carried out.
    package func updateStream(
        _ passing: StreamConfiguration,
        then lasting: StreamConfiguration
    ) throws(JetStreamError) {
        let subject = "$JS.API.STREAM.UPDATE." + lasting.name
        let token = String(UInt64.random(in: .min ... .max), radix: 36)
        let inbox = "\(connection.inboxPrefix).\(token)"
        let answers = Monitor(Answers())
        let subscription = try QueueSubscription(
            on: connection,
            subject: inbox,
            group: nil,
            pendingMessagesMax: 8,
            pendingBytesMax: 1 << 20
        ) { message in
            let refusal = message.withBody { body in Self.refusal(in: body) }
            answers.update { answers in
                answers.count += 1
                answers.refusal = answers.refusal ?? refusal
            }
        }
        defer { subscription.leave(drainTimeoutMilliseconds: 0) }
        try connection.publish(subject, reply: inbox, body: Array(passing.json.utf8))
        try connection.publish(subject, reply: inbox, body: Array(lasting.json.utf8))
        let isAnswered: Void? = answers.wait(atMost: .milliseconds(timeoutMilliseconds)) {
            $0.count >= 2 ? () : nil
        }
        guard isAnswered != nil else { throw .timeout(operation: "update stream \(lasting.name)") }
        if let refusal = answers.withLock({ $0.refusal }) { throw refusal }
    }

    private static func refusal(in body: RawSpan) -> JetStreamError? {
        let bytes = unsafe body.withUnsafeBytes { unsafe [UInt8]($0) }
        guard case .refused(let code, let errorCode, let text)? = PublishAnswer(bytes.span) else {
            return nil
        }
        return .refused(code: code, errorCode: errorCode, description: text)
    }

    /// The server's clock, nanoseconds since 1970, at some moment of the call: ages are judged by
    /// it. It is told with the creation of a consumer, which is deleted at once.
    package func serverNanoseconds(stream: String) throws(JetStreamError) -> Int64 {
        var clock = ConsumerConfiguration(durable: "")
        let token = String(UInt64.random(in: .min ... .max), radix: 36)
        clock.deliverSubject = "\(connection.inboxPrefix).\(token)"
        clock.start = .new
        let info = try createEphemeralConsumer(clock, on: stream)
        // One that stays is dropped by the server after some seconds.
        _ = try? deleteConsumer(stream: stream, consumer: info.name)
        return info.createdNanoseconds
    }
}
