import Threading

/// Changes a stream and changes it at once to something else. Both requests leave this process
/// together, so that its death cannot come between them.
///
/// Listens for the answers on one subscription for all its calls; belongs to one thread.
package final class PassingUpdate {
    private struct Answers {
        /// The call they are wanted for.
        var call = 0
        var count = 0
        var refusal: JetStreamError?
    }

    private let connection: NATSConnection
    private let inbox: String
    private let answers: Monitor<Answers>
    private let subscription: QueueSubscription

    /// Subscribes.
    package init(_ connection: NATSConnection) throws(JetStreamError) {
        self.connection = connection
        let token = String(UInt64.random(in: .min ... .max), radix: 36)
        let inbox = "\(connection.inboxPrefix).\(token)"
        self.inbox = inbox
        let answers = Monitor(Answers())
        self.answers = answers
        subscription = try QueueSubscription(
            on: connection,
            subject: inbox + ".*",
            group: nil,
            pendingMessagesMax: 64,
            pendingBytesMax: 1 << 20
        ) { message in
            let subject = message.subject
            let refusal = message.withBody { body in Self.refusal(in: body) }
            answers.update { answers in
                guard subject == "\(inbox).\(answers.call)" else { return }
                answers.count += 1
                answers.refusal = answers.refusal ?? refusal
            }
        }
    }

    /// Sends both changes and waits for both answers. A server may carry them out in the other order
    /// (nats-server 2.15 does): look at the stream afterwards.
    ///
    /// - Throws: `refused` when the server took one of them for wrong; `permissionDenied`;
    ///   `timeout` when it has not answered both: either may still be carried out.
    package func run(
        _ passing: StreamConfiguration,
        then lasting: StreamConfiguration,
        timeoutMilliseconds: Int
    ) throws(JetStreamError) {
        let call = answers.update { answers in
            answers = Answers(call: answers.call + 1)
            return answers.call
        }
        let reply = "\(inbox).\(call)"
        let mark = connection.refusals.mark
        for stream in [passing, lasting] {
            try connection.publish(
                Self.subjectPrefix + stream.name,
                reply: reply,
                body: Array(stream.json.utf8)
            )
        }
        let isAnswered: Void? = answers.wait(atMost: .milliseconds(timeoutMilliseconds)) {
            $0.count >= 2 ? () : nil
        }
        guard isAnswered != nil else {
            let operation = "update stream \(lasting.name)"
            let subject = Self.subjectPrefix + lasting.name
            if let reason = connection.refusals.reason(since: mark, subject: subject) {
                throw .permissionDenied(operation: operation, reason: reason)
            }
            throw .timeout(operation: operation)
        }
        if let refusal = answers.withLock({ $0.refusal }) { throw refusal }
    }

    private static let subjectPrefix = "$JS.API.STREAM.UPDATE."

    private static func refusal(in body: RawSpan) -> JetStreamError? {
        let bytes = unsafe body.withUnsafeBytes { unsafe [UInt8]($0) }
        guard case .refused(let code, let errorCode, let text)? = PublishAnswer(bytes.span) else {
            return nil
        }
        return .refused(code: code, errorCode: errorCode, description: text)
    }
}
