import CHiredis
import FaultPoints
import Glibc

/// Owns one `redisContext`: hiredis connects the socket and parses replies, this writes requests.
///
/// Requests are sent with `MSG_NOSIGNAL`, so a broken connection never raises SIGPIPE. Every
/// exchange has one deadline for all of it: hiredis' own time limit starts anew with every read and
/// with every signal. Used by one thread at a time; `deinit` frees the context and its socket.
///
/// `@safe`: the pointer is valid from `init` to `deinit` and never leaves.
@safe final class HiredisContext {
    private let context: UnsafeMutablePointer<redisContext>

    /// hiredis refuses replies nested deeper than 7; this bounds the conversion all the same.
    private static let depthMax = 16

    init(_ configuration: RedisConfiguration) throws(RedisError) {
        let milliseconds = configuration.connectTimeoutMilliseconds
        let limit = timeval(
            tv_sec: milliseconds / 1000,
            tv_usec: suseconds_t(milliseconds % 1000 * 1000)
        )
        guard
            let context = unsafe redisConnectWithTimeout(
                configuration.host,
                Int32(configuration.port),
                limit
            )
        else {
            throw .cannotConnect("out of memory")
        }
        guard unsafe context.pointee.err == 0 else {
            let text = unsafe String(cString: redis_context_error_text(context))
            unsafe redisFree(context)
            throw .cannotConnect(text)
        }
        _ = unsafe redisEnableKeepAlive(context)
        unsafe self.context = context
    }

    deinit {
        unsafe redisFree(context)
    }

    /// Sends `request`, which holds `replyCount` commands, and receives their replies in order.
    /// After an error the context is out of step and must be dropped.
    func exchange(
        _ request: [UInt8],
        replyCount: Int,
        timeoutMilliseconds: Int
    ) throws(RedisError) -> [RedisValue] {
        let deadline = ContinuousClock.now + .milliseconds(timeoutMilliseconds)
        var replies: [RedisValue] = []
        replies.reserveCapacity(replyCount)
        var sent = try send(request[...])
        FaultPoint.scriptSent.reach(if: Self.runsScript(request))
        while replies.count < replyCount {
            if let reply = try nextReply() {
                replies.append(reply)
                continue
            }
            let ready = try wait(forWriting: sent < request.count, until: deadline)
            if ready.writable { sent += try send(request[sent...]) }
            if ready.readable, unsafe redisBufferRead(context) != REDIS_OK {
                throw .connectionLost
            }
        }
        return replies
    }

    /// Whether the first command is EVAL or EVALSHA.
    private static func runsScript(_ request: [UInt8]) -> Bool {
        // "*<count>\r\n$<length>\r\nEVAL…"
        let words = request.prefix(32).split(separator: UInt8(ascii: "\n"))
        return words.count > 2 && words[2].starts(with: "EVAL".utf8)
    }

    /// Sends what fits into the socket's buffer and returns how much that was.
    private func send(_ bytes: ArraySlice<UInt8>) throws(RedisError) -> Int {
        let descriptor = unsafe context.pointee.fd
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        let count = unsafe bytes.withUnsafeBytes { buffer in
            unsafe Glibc.send(descriptor, buffer.baseAddress, buffer.count, flags)
        }
        if count >= 0 { return count }
        guard errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR else {
            throw .connectionLost
        }
        return 0
    }

    private func wait(
        forWriting: Bool,
        until deadline: ContinuousClock.Instant
    ) throws(RedisError) -> (readable: Bool, writable: Bool) {
        var entry = pollfd(
            fd: unsafe context.pointee.fd,
            events: Int16(POLLIN) | (forWriting ? Int16(POLLOUT) : 0),
            revents: 0
        )
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { throw .timeout }
            let milliseconds = Int32(clamping: Int64(left / .milliseconds(1)) + 1)
            let count = unsafe poll(&entry, 1, milliseconds)
            if count > 0 { break }
            guard count == 0 || errno == EINTR else { throw .connectionLost }
        }
        let writable = entry.revents & Int16(POLLOUT) != 0
        let readable = entry.revents & Int16(POLLIN | POLLHUP | POLLERR | POLLNVAL) != 0
        return (readable, writable)
    }

    /// The next reply that has arrived in full, if any.
    private func nextReply() throws(RedisError) -> RedisValue? {
        var pointer: UnsafeMutableRawPointer?
        guard unsafe redisGetReplyFromReader(context, &pointer) == REDIS_OK else {
            throw .connectionLost
        }
        guard let pointer = unsafe pointer else { return nil }
        defer { unsafe freeReplyObject(pointer) }
        return try unsafe Self.value(pointer.assumingMemoryBound(to: redisReply.self), depth: 0)
    }

    private static func value(
        _ reply: UnsafeMutablePointer<redisReply>,
        depth: Int
    ) throws(RedisError) -> RedisValue {
        switch unsafe reply.pointee.type {
        case REDIS_REPLY_NIL: return .null
        case REDIS_REPLY_INTEGER: return .integer(unsafe reply.pointee.integer)
        case REDIS_REPLY_STRING: return .string(unsafe bytes(reply))
        case REDIS_REPLY_STATUS:
            return .status(unsafe String(decoding: bytes(reply), as: UTF8.self))
        case REDIS_REPLY_ERROR: return .error(unsafe String(decoding: bytes(reply), as: UTF8.self))
        case REDIS_REPLY_ARRAY:
            guard depth < depthMax else { throw .connectionLost }
            let count = unsafe reply.pointee.elements
            var values: [RedisValue] = []
            values.reserveCapacity(count)
            for index in 0..<count {
                if let element = unsafe reply.pointee.element[index] {
                    values.append(try unsafe value(element, depth: depth + 1))
                } else {
                    values.append(.null)
                }
            }
            return .array(values)
        default: throw .connectionLost
        }
    }

    private static func bytes(_ reply: UnsafeMutablePointer<redisReply>) -> [UInt8] {
        guard let start = unsafe reply.pointee.str else { return [] }
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: reply.pointee.len))
    }
}
