import Glibc

/// One keep-alive connection to a server on loopback that has at most one request open. It never
/// waits: `send` and `receive` do what can be done now.
@safe
struct PlacingConnection: ~Copyable {
    /// What one look at the socket brought.
    enum Reception: Equatable {
        case incomplete
        /// The status of a whole answer.
        case answered(Int)
        /// The server has hung up, or answers what is no HTTP.
        case broken
    }

    private static let readMax = 16_384
    private static let answerBytesMax = 262_144
    private static let headEnd = Array("\r\n\r\n".utf8)
    private static let lengthName = Array("\r\ncontent-length:".utf8)

    let descriptor: Int32
    private var received: [UInt8] = []

    /// - Throws: `refused` when nobody listens there.
    init(port: UInt16) throws(ProbeError) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw .refused("no socket: errno \(errno)") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        address.sin_port = port.bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let connected = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe connect(descriptor, address, size)
            }
        }
        guard connected == 0 else { throw .refused("port \(port): errno \(errno)") }
        var on: Int32 = 1
        _ = unsafe setsockopt(
            descriptor,
            Int32(IPPROTO_TCP),
            TCP_NODELAY,
            &on,
            socklen_t(MemoryLayout<Int32>.size)
        )
    }

    deinit { _ = close(descriptor) }

    /// Sends a whole request, which is small enough for the socket's buffer; false when it is not taken.
    mutating func send(_ request: [UInt8]) -> Bool {
        received.removeAll(keepingCapacity: true)
        let sent = unsafe request.withUnsafeBytes {
            unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        return sent == request.count
    }

    mutating func receive() -> Reception {
        let before = received.count
        received.append(contentsOf: repeatElement(0, count: Self.readMax))
        let count = unsafe received.withUnsafeMutableBytes { bytes in
            unsafe recv(
                descriptor,
                bytes.baseAddress?.advanced(by: before),
                Self.readMax,
                Int32(MSG_DONTWAIT)
            )
        }
        let failure = errno
        received.removeLast(Self.readMax - max(0, count))
        if count < 0, failure == EAGAIN { return .incomplete }
        guard count > 0, received.count <= Self.answerBytesMax else { return .broken }
        return judged()
    }

    private func judged() -> Reception {
        guard let head = received.firstRange(of: Self.headEnd) else { return .incomplete }
        // "HTTP/1.1 202 …"
        guard received.count > 12, let status = number(in: 9..<12) else { return .broken }
        let lower = received[..<head.upperBound].map { $0 >= 65 && $0 <= 90 ? $0 | 32 : $0 }
        guard let name = lower.firstRange(of: Self.lengthName) else { return .broken }
        var end = name.upperBound
        while end < lower.count, lower[end] != UInt8(ascii: "\r") { end += 1 }
        guard let length = number(in: name.upperBound..<end) else { return .broken }
        return received.count >= head.upperBound + length ? .answered(status) : .incomplete
    }

    private func number(in range: Range<Int>) -> Int? {
        let text = received[range].drop { $0 == UInt8(ascii: " ") }
        return Int(String(decoding: text, as: UTF8.self))
    }
}
