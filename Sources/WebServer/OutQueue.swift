import CWebSockets
import Glibc

/// What one socket has yet to send. Arrays are shared, not copied: a frame for a thousand clients
/// is in memory once.
struct OutQueue {
    /// Where the bytes go.
    @safe enum Way {
        /// A descriptor. libwebsockets' own write is not used: it would copy what the kernel does
        /// not take.
        case plain(Int32)
        /// A connection of libwebsockets, which encrypts. It keeps up to one record that the kernel
        /// did not take.
        case encrypted(OpaquePointer)
    }

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

    /// Hands as much as possible to the kernel.
    mutating func drain(into way: Way, sent: inout Int) -> Outcome {
        while let chunk = chunks.first {
            let count = unsafe chunk.withUnsafeBytes { bytes in
                unsafe way.write(UnsafeRawBufferPointer(rebasing: bytes[offset...]))
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
        return way.isBlocked ? .blocked : .empty
    }
}

extension OutQueue.Way {
    /// Bytes taken; below 0 and `errno` for an error, `EAGAIN` when none is taken for now.
    fileprivate func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        switch self {
        case .plain(let descriptor):
            unsafe send(
                descriptor,
                bytes.baseAddress,
                bytes.count,
                Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
            )
        case .encrypted(let socket):
            unsafe Int(web_write(socket, bytes.baseAddress, bytes.count))
        }
    }

    /// Whether something that was taken is not with the kernel yet.
    fileprivate var isBlocked: Bool {
        switch self {
        case .plain: false
        case .encrypted(let socket): unsafe lws_partial_buffered(socket) != 0
        }
    }
}
