import CNats

extension NATSConnection {
    /// Gives every delivery of the list the same answer. Nothing is allocated per message, and
    /// nothing is flushed: libnats' own thread does that within a millisecond. While disconnected
    /// the answers wait in the reconnect buffer; late ones do no harm.
    ///
    /// - Throws: at the first answer that could not be sent (`bufferFull`, `closed`,
    ///   `disconnected`); those before it were, and the rest are delivered again.
    package func answer(
        _ replies: borrowing ReplyList,
        with acknowledgement: Acknowledgement
    ) throws(JetStreamError) {
        try answer(replies, at: 0..<replies.count, with: acknowledgement)
    }

    /// The same for some of the list.
    ///
    /// - Parameter indices: positions in the order of `append`, each below `count`.
    package func answer(
        _ replies: borrowing ReplyList,
        at indices: some Sequence<Int>,
        with acknowledgement: Acknowledgement
    ) throws(JetStreamError) {
        var payload = acknowledgement.payload
        let status = payload.withUTF8 { payload in
            unsafe replies.withSubjects { bytes, starts in
                for index in indices {
                    let status = unsafe natsConnection_Publish(
                        pointer,
                        bytes.baseAddress.map {
                            unsafe UnsafeRawPointer($0 + starts[index])
                                .assumingMemoryBound(to: CChar.self)
                        },
                        payload.baseAddress,
                        Int32(payload.count)
                    )
                    if status != NATS_OK { return status }
                }
                return NATS_OK
            }
        }
        guard status == NATS_OK else { throw LastError.error(status, "acknowledge") }
    }
}
