import CNats

extension JetStreamManager {
    /// The stream as the server has it, nil when it is not there.
    package func streamInfo(_ name: String) throws(JetStreamError) -> StreamInfo? {
        var info: UnsafeMutablePointer<jsStreamInfo>?
        let isThere = try unsafe lookUp("stream \(name)") { context, code in
            unsafe js_GetStreamInfo(&info, context, name, nil, code)
        }
        defer { unsafe jsStreamInfo_Destroy(info) }
        guard isThere, let found = unsafe info else { return nil }
        return unsafe StreamInfo(found.pointee)
    }

    /// Creates a stream. One with the very same settings is returned as it is; other settings are
    /// `refused` (10058).
    @discardableResult
    package func createStream(
        _ configuration: StreamConfiguration
    ) throws(JetStreamError) -> StreamInfo {
        try unsafe store(configuration, "create stream \(configuration.name)", js_AddStream)
    }

    /// Changes a stream. Settings that `StreamConfiguration` does not know become the default.
    @discardableResult
    package func updateStream(
        _ configuration: StreamConfiguration
    ) throws(JetStreamError) -> StreamInfo {
        try unsafe store(configuration, "update stream \(configuration.name)", js_UpdateStream)
    }

    /// Deletes a stream with its messages and consumers; false when it was not there.
    @discardableResult
    package func deleteStream(_ name: String) throws(JetStreamError) -> Bool {
        try unsafe lookUp("delete stream \(name)") { context, code in
            unsafe js_DeleteStream(context, name, nil, code)
        }
    }

    /// One message of a stream, nil when no message has that sequence (any more).
    package func message(
        stream: String,
        sequence: UInt64
    ) throws(JetStreamError) -> StoredMessage? {
        guard sequence > 0 else { return nil }
        var message: OpaquePointer?
        let isThere = try unsafe lookUp("message \(sequence) of \(stream)") { context, code in
            unsafe js_GetMsg(&message, context, stream, sequence, nil, code)
        }
        guard isThere, let found = unsafe message else { return nil }
        defer { unsafe natsMsg_Destroy(found) }
        let received = unsafe ReceivedMessage(borrowing: found)
        return StoredMessage(
            subject: received.subject,
            sequence: unsafe natsMsg_GetSequence(found),
            timestampNanoseconds: unsafe natsMsg_GetTime(found),
            headers: received.headers,
            body: received.withBody { body in unsafe body.withUnsafeBytes { unsafe [UInt8]($0) } }
        )
    }

    private typealias Store = (
        UnsafeMutablePointer<UnsafeMutablePointer<jsStreamInfo>?>?, OpaquePointer?,
        UnsafeMutablePointer<jsStreamConfig>?, UnsafeMutablePointer<jsOptions>?,
        UnsafeMutablePointer<jsErrCode>?
    ) -> natsStatus

    private func store(
        _ configuration: StreamConfiguration,
        _ operation: String,
        _ store: Store
    ) throws(JetStreamError) -> StreamInfo {
        var info: UnsafeMutablePointer<jsStreamInfo>?
        try unsafe call(operation) { context, code in
            unsafe configuration.withLibrary { library in
                unsafe store(&info, context, library, nil, code)
            }
        }
        defer { unsafe jsStreamInfo_Destroy(info) }
        guard let stored = unsafe info else {
            throw .library(operation: operation, status: 0, text: "an empty answer")
        }
        return unsafe StreamInfo(stored.pointee)
    }
}
