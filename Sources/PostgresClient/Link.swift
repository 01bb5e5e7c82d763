import CPostgres
import Glibc

/// Owns one `PGconn` in non-blocking mode and moves bytes; knows nothing of transactions.
///
/// Every wait ends after the response timeout without a byte in either direction. A lost
/// connection is closed at once, and each later call throws `connectionLost`.
@safe
struct Link: ~Copyable {
    /// Small enough that libpq's own buffer stays small, large enough to be few calls.
    private static let copyChunkBytes = 65_536
    /// How long to wait at once when encryption may hold bytes that the socket does not show.
    private static let encryptedWaitMilliseconds = 20

    /// 0 waits for ever.
    var responseTimeoutMilliseconds: Int

    private var handle: OpaquePointer?
    private let notices: Unmanaged<NoticeSink>

    /// Takes ownership of both.
    init(
        owning handle: OpaquePointer,
        notices: Unmanaged<NoticeSink>,
        responseTimeoutMilliseconds: Int
    ) {
        unsafe self.handle = handle
        unsafe self.notices = notices
        self.responseTimeoutMilliseconds = responseTimeoutMilliseconds
    }

    deinit {
        if let handle = unsafe handle { unsafe PQfinish(handle) }
        unsafe notices.release()
    }

    /// Whether the connection is there, as far as is known without asking.
    var isOpen: Bool {
        guard let handle = unsafe handle else { return false }
        return unsafe PQstatus(handle) == CONNECTION_OK
    }

    var transactionStatus: TransactionStatus {
        guard let handle = unsafe handle else { return .unknown }
        return TransactionStatus(unsafe PQtransactionStatus(handle))
    }

    /// 0 when the connection is closed.
    var backendProcessID: Int32 {
        guard let handle = unsafe handle else { return 0 }
        return unsafe PQbackendPID(handle)
    }

    mutating func close() {
        if let handle = unsafe handle { unsafe PQfinish(handle) }
        unsafe handle = nil
    }

    func makeCanceller() -> PostgresCanceller? {
        guard let handle = unsafe handle, let cancel = unsafe PQgetCancel(handle) else {
            return nil
        }
        return unsafe PostgresCanceller(owning: cancel)
    }

    // MARK: Sending

    mutating func send(script: String) throws(PostgresError) {
        let handle = try unsafe openHandle()
        try check(unsafe PQsendQuery(handle, script))
        try flush()
    }

    mutating func sendPrepare(name: String, text: String) throws(PostgresError) {
        let handle = try unsafe openHandle()
        try check(unsafe PQsendPrepare(handle, name, text, 0, nil))
        try flush()
    }

    mutating func sendExecute(name: String, _ block: ParameterBlock) throws(PostgresError) {
        let handle = try unsafe openHandle()
        let sent = unsafe block.withPointers { count, values, lengths, formats in
            unsafe PQsendQueryPrepared(handle, name, count, values, lengths, formats, 0)
        }
        try check(sent)
        try flush()
    }

    mutating func send(text: String, _ block: ParameterBlock) throws(PostgresError) {
        let handle = try unsafe openHandle()
        let sent = unsafe block.withPointers { count, values, lengths, formats in
            unsafe PQsendQueryParams(handle, text, count, nil, values, lengths, formats, 0)
        }
        try check(sent)
        try flush()
    }

    /// Sends what the buffer holds, in pieces that need not end with a row.
    mutating func sendCopyData(_ buffer: borrowing CopyBuffer) throws(PostgresError) {
        try unsafe buffer.withBytes { (bytes) throws(PostgresError) in
            var offset = 0
            while offset < bytes.count {
                let handle = try unsafe openHandle()
                let size = min(Self.copyChunkBytes, bytes.count - offset)
                let chunk = unsafe bytes.baseAddress.map { unsafe $0 + offset }
                let sent = unsafe PQputCopyData(
                    handle,
                    chunk?.assumingMemoryBound(to: CChar.self),
                    Int32(size)
                )
                // 0: no room yet, the same piece again after the flush.
                if sent != 0 {
                    try check(sent)
                    offset += size
                }
                try flush()
            }
        }
    }

    /// Ends the COPY; with a `reason` the server undoes it and reports 57014.
    mutating func sendCopyEnd(failure reason: String? = nil) throws(PostgresError) {
        while true {
            let handle = try unsafe openHandle()
            let sent = unsafe PQputCopyEnd(handle, reason)
            try flush()
            if sent != 0 { return try check(sent) }
        }
    }

    // MARK: Receiving

    /// The next result of what was sent, nil after the last one.
    mutating func nextResult() throws(PostgresError) -> ResultHandle? {
        let handle = try unsafe openHandle()
        var quietSince = ContinuousClock.now
        while unsafe PQisBusy(handle) != 0 {
            try wait(for: POLLIN, &quietSince)
            // When the connection is gone, the next result says why.
            if unsafe PQconsumeInput(handle) == 0 { break }
        }
        guard let result = unsafe PQgetResult(handle) else { return nil }
        return unsafe ResultHandle(owning: result)
    }

    /// Reads, without waiting, what an idle server sent; false if that was a good-bye.
    mutating func isAliveWhileIdle() -> Bool {
        guard isOpen, let handle = unsafe handle else { return false }
        // A farewell and the end of the stream take two reads.
        for _ in 0..<3 where unsafe isReadable(handle) {
            if unsafe PQconsumeInput(handle) == 0 { return false }
            _ = unsafe PQisBusy(handle)
        }
        return isOpen
    }

    // MARK: Waiting

    /// Hands everything to the kernel, reading what comes meanwhile so that neither side blocks
    /// the other.
    private mutating func flush() throws(PostgresError) {
        var quietSince = ContinuousClock.now
        while true {
            let handle = try unsafe openHandle()
            let left = unsafe PQflush(handle)
            if left == 0 { return }
            try check(left < 0 ? 0 : 1)
            let events = try wait(for: POLLIN | POLLOUT, &quietSince)
            if events & POLLIN != 0 { try check(unsafe PQconsumeInput(handle)) }
        }
    }

    /// Waits until the socket is ready, and closes the connection when it was quiet for too long.
    ///
    /// libpq's TLS may have read more from the socket than libpq took, which no poll shows; so an
    /// encrypted connection also returns, with no events, after a moment, and the caller reads.
    /// - Parameter quietSince: set to now whenever there was an event.
    @discardableResult
    private mutating func wait(
        for events: Int32,
        _ quietSince: inout ContinuousClock.Instant
    ) throws(PostgresError) -> Int32 {
        let handle = try unsafe openHandle()
        let isEncrypted = unsafe PQsslInUse(handle) != 0
        while true {
            let left = remainingMilliseconds(since: quietSince)
            let isSlice = isEncrypted && (left ?? .max) > Self.encryptedWaitMilliseconds
            let timeout = isSlice ? Self.encryptedWaitMilliseconds : left ?? -1
            var descriptor = pollfd(
                fd: unsafe PQsocket(handle),
                events: Int16(events),
                revents: 0
            )
            let ready = unsafe poll(&descriptor, 1, Int32(clamping: timeout))
            if ready > 0 {
                quietSince = .now
                return Int32(descriptor.revents)
            }
            if ready < 0 && errno == EINTR { continue }
            if ready == 0 && isSlice { return 0 }
            close()
            if ready == 0 {
                throw PostgresError(
                    .responseTimeout,
                    "the server said nothing for \(responseTimeoutMilliseconds) ms"
                )
            }
            throw PostgresError(.connectionLost, "the connection cannot be waited for")
        }
    }

    /// What is left of the response timeout, nil when there is none. Rounded up, or the last
    /// millisecond would spin.
    private func remainingMilliseconds(since start: ContinuousClock.Instant) -> Int? {
        guard responseTimeoutMilliseconds > 0 else { return nil }
        let passed = (ContinuousClock.now - start) / .milliseconds(1)
        return max(0, Int((Double(responseTimeoutMilliseconds) - passed).rounded(.up)))
    }

    private func isReadable(_ handle: OpaquePointer) -> Bool {
        var descriptor = pollfd(fd: unsafe PQsocket(handle), events: Int16(POLLIN), revents: 0)
        return unsafe poll(&descriptor, 1, 0) > 0
    }

    // MARK: Failing

    private func openHandle() throws(PostgresError) -> OpaquePointer {
        guard let handle = unsafe handle else {
            throw PostgresError(.connectionLost, "the connection is closed")
        }
        return unsafe handle
    }

    /// libpq's sending functions answer 1 for success; anything else leaves a connection that
    /// cannot be trusted.
    private mutating func check(_ outcome: Int32) throws(PostgresError) {
        guard outcome != 1 else { return }
        let text = unsafe String(cString: PQerrorMessage(try openHandle()))
        let line = text.split(separator: "\n").first.map(String.init)
        close()
        throw PostgresError(.connectionLost, line ?? "the connection was lost")
    }
}
