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

    /// Whether `free` can spare the library's collecting thread: a message is laid out as in 3.4.1,
    /// a word for the next one to collect, a word for the function that frees it, then the
    /// addresses of subject and reply.
    static let freesAtOnce: Bool = {
        guard unsafe String(cString: nats_GetVersion()) == "3.4.1" else { return false }
        var created: OpaquePointer?
        guard unsafe natsMsg_Create(&created, "subject", "reply", "body", 4) == NATS_OK,
            let message = unsafe created
        else { return false }
        defer { unsafe natsMsg_Destroy(message) }
        let words = unsafe UnsafePointer<UInt>(message)
        return unsafe words[0] == 0 && words[1] != 0
            && words[2] == UInt(bitPattern: natsMsg_GetSubject(message))
            && words[3] == UInt(bitPattern: natsMsg_GetReply(message))
    }()

    /// Frees a delivered message on the calling thread.
    ///
    /// `natsMsg_Destroy` hands it to a thread of the library and wakes that thread (`natsGC_collect`):
    /// two context switches a message, a sixth of what a backend needs for a bet. A message without
    /// a function of its own is freed where it is.
    static func free(_ message: OpaquePointer) {
        if freesAtOnce { unsafe UnsafeMutablePointer<UInt>(message)[1] = 0 }
        unsafe natsMsg_Destroy(message)
    }

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
