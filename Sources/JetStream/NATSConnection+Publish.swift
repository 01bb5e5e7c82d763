import CNats

extension NATSConnection {
    /// Publishes without an acknowledgement. While disconnected the message waits in the reconnect
    /// buffer.
    ///
    /// - Throws: `invalid`, `payloadTooLarge`, `bufferFull`, `closed`; after `disconnected` the
    ///   message may have been sent.
    package func publish(
        _ subject: String,
        body: [UInt8],
        headers: [(String, String)] = []
    ) throws(JetStreamError) {
        let status: natsStatus
        if headers.isEmpty {
            try Subject.check(subject)
            status = unsafe body.withUnsafeBytes { bytes in
                unsafe natsConnection_Publish(
                    pointer,
                    subject,
                    bytes.baseAddress,
                    Int32(clamping: bytes.count)
                )
            }
        } else {
            let message = try unsafe OutgoingMessage(subject: subject, body: body)
            try message.add(headers)
            status = unsafe natsConnection_PublishMsg(pointer, message.pointer)
        }
        guard status == NATS_OK else { throw sendError(status, "publish", byteCount: body.count) }
    }

    /// Publishes a request whose answers go to `reply`, and does not wait for them.
    ///
    /// - Throws: what `publish` throws.
    package func publish(
        _ subject: String,
        reply: String,
        body: [UInt8]
    ) throws(JetStreamError) {
        try Subject.check(subject)
        try Subject.check(reply)
        let status = unsafe body.withUnsafeBytes { bytes in
            unsafe natsConnection_PublishRequest(
                pointer,
                subject,
                reply,
                bytes.baseAddress,
                Int32(clamping: bytes.count)
            )
        }
        guard status == NATS_OK else { throw sendError(status, "publish", byteCount: body.count) }
    }

    /// Asks and waits for one answer.
    ///
    /// - Throws: `timeout` or `disconnected` (the request may have been acted on), `noResponders`,
    ///   `invalid`, `payloadTooLarge`, `closed`; `permissionDenied` after the time limit, since the
    ///   server does not answer what it refuses.
    package func request(
        _ subject: String,
        body: [UInt8],
        timeoutMilliseconds: Int
    ) throws(JetStreamError) -> [UInt8] {
        let message = try unsafe OutgoingMessage(subject: subject, body: body)
        return try request(message, subject, "request", byteCount: body.count, timeoutMilliseconds)
    }

    /// Stores one message in the stream that holds `subject` and waits for the receipt.
    ///
    /// - Parameter messageID: what a repetition is recognised by within the duplicate window.
    /// - Throws: `refused`, `noResponders`, `bufferFull`, `permissionDenied` and what `publish` throws: not stored;
    ///   `timeout` and `disconnected`: unknown, so publish it again with the same id.
    package func publishAcknowledged(
        _ subject: String,
        body: [UInt8],
        messageID: String?,
        headers: [(String, String)] = [],
        timeoutMilliseconds: Int
    ) throws(JetStreamError) -> PublishAcknowledgement {
        let message = try unsafe OutgoingMessage(subject: subject, body: body)
        try message.add(headers)
        if let messageID { try message.add("Nats-Msg-Id", messageID) }
        let answer = try request(
            message,
            subject,
            "publish",
            byteCount: body.count,
            timeoutMilliseconds
        )
        switch PublishAnswer(answer.span) {
        case .acknowledged(let acknowledgement): return acknowledgement
        case .refused(let code, let errorCode, let description):
            throw .refused(code: code, errorCode: errorCode, description: description)
        case nil: throw .library(operation: "publish", status: 0, text: "no answer of JetStream's")
        }
    }

    private func request(
        _ message: borrowing OutgoingMessage,
        _ subject: String,
        _ operation: String,
        byteCount: Int,
        _ timeoutMilliseconds: Int
    ) throws(JetStreamError) -> [UInt8] {
        var reply: OpaquePointer?
        let mark = refusals.mark
        let status = unsafe natsConnection_RequestMsg(
            &reply,
            pointer,
            message.pointer,
            Int64(timeoutMilliseconds)
        )
        if status == NATS_TIMEOUT, let reason = refusals.reason(since: mark, subject: subject) {
            throw .permissionDenied(operation: operation, reason: reason)
        }
        guard status == NATS_OK else { throw sendError(status, operation, byteCount: byteCount) }
        defer { unsafe natsMsg_Destroy(reply) }
        guard let data = unsafe natsMsg_GetData(reply) else { return [] }
        return unsafe [UInt8](
            UnsafeRawBufferPointer(start: data, count: Int(natsMsg_GetDataLength(reply)))
        )
    }

    /// The error for a message that could not be sent.
    func sendError(
        _ status: natsStatus,
        _ operation: String,
        byteCount: Int
    ) -> JetStreamError {
        if status == NATS_MAX_PAYLOAD {
            return .payloadTooLarge(bytes: byteCount, bytesMax: maxPayload)
        }
        return LastError.error(status, operation)
    }
}
