import Glibc

/// What one socket has yet to send. Arrays are shared, not copied: a frame for a thousand clients
/// is in memory once.
struct OutQueue {
    enum Outcome {
        case empty
        /// The kernel takes no more for now.
        case blocked
        /// The connection is broken.
        case failed
    }

    private var chunks: [[UInt8]] = []
    /// Bytes of the first chunk that are sent.
    private var offset = 0

    var isEmpty: Bool { chunks.isEmpty }

    /// Whether the first chunk is partly on its way, so that nothing may come before its rest.
    var isWithinChunk: Bool { offset > 0 }

    mutating func append(_ chunk: [UInt8]) {
        if !chunk.isEmpty { chunks.append(chunk) }
    }

    /// Drops what was not begun.
    mutating func dropUnsent() {
        chunks.removeLast(chunks.count - (isWithinChunk ? 1 : 0))
    }

    /// Hands as much as possible to the kernel. libwebsockets' own write is not used: it would copy
    /// what the kernel does not take.
    mutating func drain(into descriptor: Int32, sent: inout Int) -> Outcome {
        while let chunk = chunks.first {
            let count = unsafe chunk.withUnsafeBytes { bytes in
                unsafe send(
                    descriptor,
                    bytes.baseAddress.map { unsafe $0 + offset },
                    bytes.count - offset,
                    Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
                )
            }
            if count < 0 {
                if errno == EINTR { continue }
                return errno == EAGAIN || errno == EWOULDBLOCK ? .blocked : .failed
            }
            sent += count
            offset += count
            if offset == chunk.count {
                chunks.removeFirst()
                offset = 0
            }
        }
        return .empty
    }
}
