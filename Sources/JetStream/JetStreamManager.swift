import CNats

/// Looks after streams and consumers. Every call is a request to the server and blocks its thread
/// for at most the time limit.
///
/// Errors of all calls: `timeout`, `disconnected` (a change may have happened), `noResponders` (no
/// JetStream), `refused`, `permissionDenied` (after the time limit: the server does not answer
/// what it refuses), `invalid`, `closed`.
package struct JetStreamManager: Sendable {
    let connection: NATSConnection
    private let timeoutMilliseconds: Int

    package init(_ connection: NATSConnection, timeoutMilliseconds: Int = 5_000) {
        self.connection = connection
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    /// Runs one request of libnats' JetStream API and sorts out its error.
    func call(
        _ operation: String,
        _ body: (OpaquePointer, UnsafeMutablePointer<jsErrCode>) -> natsStatus
    ) throws(JetStreamError) {
        var options = unsafe jsOptions()
        unsafe jsOptions_Init(&options)
        unsafe options.Wait = Int64(timeoutMilliseconds)
        var created: OpaquePointer?
        let status = unsafe natsConnection_JetStream(&created, connection.pointer, &options)
        guard status == NATS_OK, let context = unsafe created else {
            throw LastError.error(status, operation)
        }
        defer { unsafe jsCtx_Destroy(context) }
        var code = jsErrCode(rawValue: 0)
        let mark = connection.refusals.mark
        let result = unsafe body(context, &code)
        guard result != NATS_OK else { return }
        if result == NATS_ERR, code.rawValue != 0 {
            throw .refused(
                code: 0,
                errorCode: Int(code.rawValue),
                description: LastError.text(result)
            )
        }
        if result == NATS_TIMEOUT,
            let reason = connection.refusals.reason(since: mark, subject: Self.subjectPrefix)
        {
            throw .permissionDenied(operation: operation, reason: reason)
        }
        throw LastError.error(result, operation)
    }

    /// What libnats' requests go to.
    private static let subjectPrefix = "$JS.API."

    /// The same, with nil for what is not there.
    func lookUp(
        _ operation: String,
        _ body: (OpaquePointer, UnsafeMutablePointer<jsErrCode>) -> natsStatus
    ) throws(JetStreamError) -> Bool {
        do throws(JetStreamError) {
            try unsafe call(operation, body)
            return true
        } catch .notFound {
            return false
        } catch .refused(_, let errorCode, _) where Self.notFoundCodes.contains(errorCode) {
            return false
        }
    }

    /// Consumer not found, message not found, stream not found.
    private static let notFoundCodes = [10_014, 10_037, 10_059]
}
