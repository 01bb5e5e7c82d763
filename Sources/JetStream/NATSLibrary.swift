import CNats

/// libnats as a whole: one per process.
package enum NATSLibrary {
    /// libnats 3.4.1 lays subject, reply, header block and body of a message one behind the other;
    /// `ReceivedMessage` finds the header block by that. Checked once, before the first connection.
    private static let problem: String? = {
        // No spinning on its locks: a spinning thread takes the processor from the one that works.
        guard nats_Open(0) == NATS_OK else { return "libnats does not start" }
        var message: OpaquePointer?
        guard unsafe natsMsg_Create(&message, "subject", "reply", "body", 4) == NATS_OK else {
            return "libnats is out of memory"
        }
        defer { unsafe natsMsg_Destroy(message) }
        guard
            let subject = unsafe natsMsg_GetSubject(message),
            let reply = unsafe natsMsg_GetReply(message),
            let body = unsafe natsMsg_GetData(message),
            unsafe reply - subject == 8, unsafe body - reply == 6
        else { return "this version of libnats lays messages out differently" }
        return nil
    }()

    /// Starts the library's threads; later calls do nothing. SIGPIPE is ignored from here on.
    static func open() throws(JetStreamError) {
        if let problem { throw .invalid(problem) }
    }

    /// Ends the library's threads, for a clean exit once every connection is closed and released.
    /// Nothing works after it. Returns whether they ended in time.
    @discardableResult
    package static func shutDown(timeoutMilliseconds: Int) -> Bool {
        nats_CloseAndWait(Int64(timeoutMilliseconds)) == NATS_OK
    }
}
