import Glibc

/// A plain TCP connection to 127.0.0.1 that blocks, with time limits: bytes in, bytes out, for
/// tests that must say exactly what goes over the wire. For one thread.
package final class TCPClient {
    private var descriptor: Int32
    private var received: [UInt8] = []

    /// - Parameter receiveBufferBytes: small makes a client that stops reading felt soon.
    package init(port: Int, receiveBufferBytes: Int? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw FixtureError("socket: \(errno)") }
        if let receiveBufferBytes {
            var size = Int32(receiveBufferBytes)
            unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4)
        }
        var on: Int32 = 1
        unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        let failure = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard failure == 0 else {
            let reason = errno
            close()
            throw FixtureError("connect to port \(port): \(reason)")
        }
    }

    deinit { close() }

    package func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Says that nothing more will be sent; the other direction stays open.
    package func closeSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    package func send(_ text: String) throws { try send(Array(text.utf8)) }

    /// Blocks until the kernel has taken everything, at most 10 s.
    package func send(_ bytes: [UInt8]) throws {
        var offset = 0
        while offset < bytes.count {
            guard isReady(Int16(POLLOUT), within: .seconds(10)) else {
                throw FixtureError("send: the peer takes nothing")
            }
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor,
                    buffer.baseAddress.map { unsafe $0 + offset },
                    buffer.count - offset,
                    Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
                )
            }
            guard count > 0 else { throw FixtureError("send: \(errno)") }
            offset += count
        }
    }

    /// Exactly `count` bytes; nil when the peer closed or the time is over before.
    package func read(_ count: Int, within timeout: Duration = .seconds(10)) -> [UInt8]? {
        let deadline = ContinuousClock.now + timeout
        while received.count < count {
            guard receive(until: deadline) else { return nil }
        }
        defer { received.removeFirst(count) }
        return Array(received[..<count])
    }

    /// Everything up to and with `end`; nil when the peer closed or the time is over before.
    package func read(through end: String, within timeout: Duration = .seconds(10)) -> String? {
        let deadline = ContinuousClock.now + timeout
        let mark = Array(end.utf8)
        while true {
            if let start = (0...max(0, received.count - mark.count)).first(where: {
                received[$0...].starts(with: mark)
            }) {
                let count = start + mark.count
                defer { received.removeFirst(count) }
                return String(decoding: received[..<count], as: UTF8.self)
            }
            guard receive(until: deadline) else { return nil }
        }
    }

    /// Everything until the peer closes; nil when it does not within the time. A reset counts as
    /// closing.
    package func readToEnd(within timeout: Duration = .seconds(10)) -> [UInt8]? {
        let deadline = ContinuousClock.now + timeout
        while receive(until: deadline) {}
        guard isAtEnd else { return nil }
        defer { received = [] }
        return received
    }

    /// Whether the peer has closed and everything it sent was read.
    package private(set) var isAtEnd = false

    private func receive(until deadline: ContinuousClock.Instant) -> Bool {
        let left = ContinuousClock.now.duration(to: deadline)
        guard !isAtEnd, isReady(Int16(POLLIN), within: left) else { return false }
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        let count = unsafe chunk.withUnsafeMutableBytes { buffer in
            unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
        }
        guard count > 0 else {
            isAtEnd = true
            return false
        }
        received.append(contentsOf: chunk[..<count])
        return true
    }

    private func isReady(_ events: Int16, within timeout: Duration) -> Bool {
        var item = pollfd(fd: descriptor, events: events, revents: 0)
        let (seconds, attoseconds) = max(timeout, .zero).components
        let milliseconds = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
        return unsafe poll(&item, 1, Int32(clamping: milliseconds)) > 0
    }
}
