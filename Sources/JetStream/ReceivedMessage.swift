import CNats
import Glibc

/// A message inside the handler of a subscription. It cannot leave the handler; the driver frees it
/// afterwards.
@safe package struct ReceivedMessage: ~Copyable {
    private let message: OpaquePointer

    /// Borrows libnats' message; the caller frees it after the last use of this value.
    init(borrowing message: OpaquePointer) {
        unsafe self.message = message
    }

    package var bodyByteCount: Int { unsafe max(Int(natsMsg_GetDataLength(message)), 0) }

    /// Lends the body for the time of the call, without a copy.
    package borrowing func withBody<R: ~Copyable, E: Error>(
        _ use: (RawSpan) throws(E) -> R
    ) throws(E) -> R {
        try use(unsafe bytes(natsMsg_GetData(message), bodyByteCount).bytes)
    }

    /// The subject it was published on; allocates.
    package var subject: String {
        unsafe natsMsg_GetSubject(message).map { unsafe String(cString: $0) } ?? ""
    }

    /// The subject an answer goes to; allocates.
    package var reply: String? {
        unsafe natsMsg_GetReply(message).map { unsafe String(cString: $0) }
    }

    /// What JetStream says about this delivery. Nil when the message did not come from a consumer:
    /// its reply must then not be answered. Parsed at each call, without allocating.
    package var delivery: Delivery? {
        unsafe Delivery(replySubject: replyBytes.bytes)
    }

    /// Whether there is a header block.
    package var hasHeaders: Bool { unsafe !headerBytes.isEmpty }

    /// The value of a header, see `withHeader`; allocates if it is there.
    package func header(_ name: String) -> String? {
        withHeader(name) { value in String(repairing: value) }
    }

    /// Lends the value of the first header of that name, spelled the same if there is one, else
    /// differing in case only; nil when there is none. Looks without allocating.
    package borrowing func withHeader<R: ~Copyable, E: Error>(
        _ name: String,
        _ use: (RawSpan) throws(E) -> R
    ) throws(E) -> R? {
        let block = unsafe headerBytes.bytes
        guard let range = HeaderReader.find(name, in: block) else { return nil }
        return try use(block.extracting(range))
    }

    /// Every header in the order of the wire, repeated ones too; first, if the message carries a
    /// status like `NATS/1.0 404 Not Found`, as `Status` and `Description`. A malformed line has an
    /// empty name. Bytes that are not UTF-8 are replaced.
    package var headers: [(name: String, value: String)] {
        let block = unsafe headerBytes.bytes
        guard var reader = HeaderReader(block) else { return [] }
        var result: [(name: String, value: String)] = []
        if !reader.status.isEmpty {
            result.append(("Status", String(repairing: block.extracting(reader.status))))
        }
        if !reader.statusDescription.isEmpty {
            let text = String(repairing: block.extracting(reader.statusDescription))
            result.append(("Description", text))
        }
        while let line = reader.next(block) {
            result.append(
                (
                    String(repairing: block.extracting(line.name)),
                    String(repairing: block.extracting(line.value))
                )
            )
        }
        return result
    }

    /// The reply subject without its NUL; empty when there is none.
    var replyBytes: UnsafeRawBufferPointer {
        guard let reply = unsafe natsMsg_GetReply(message) else {
            return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return unsafe bytes(reply, strlen(reply))
    }

    /// The subject without its NUL.
    var subjectBytes: UnsafeRawBufferPointer {
        guard let subject = unsafe natsMsg_GetSubject(message) else {
            return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return unsafe bytes(subject, strlen(subject))
    }

    /// The header block: what lies between the NUL of the reply (or subject) and the body, less the
    /// NUL that ends it (checked by `NATSLibrary`).
    private var headerBytes: UnsafeRawBufferPointer {
        guard
            let data = unsafe natsMsg_GetData(message),
            let last = unsafe natsMsg_GetReply(message) ?? natsMsg_GetSubject(message)
        else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
        let start = unsafe last + strlen(last) + 1
        let count = unsafe data - start - 1
        return unsafe bytes(start, max(count, 0))
    }

    private func bytes(_ start: UnsafePointer<CChar>?, _ count: Int) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count)
    }
}
