import Glibc

/// A non-blocking TCP socket on 127.0.0.1. Whoever holds it closes it.
struct LoopbackSocket {
    /// What reading brought.
    enum Reading {
        case bytes([UInt8])
        case nothing
        case end
        case failure
    }

    private static let pieceBytes = 64 << 10
    private static let backlog: Int32 = 128

    private let descriptor: Int32

    private init?(_ descriptor: Int32) {
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var on: Int32 = 1
        unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
    }

    /// On a port that the system chose.
    static func listening() throws -> LoopbackSocket {
        guard let new = LoopbackSocket(try listenOnLoopback(backlog: backlog).descriptor) else {
            throw FixtureError("no socket to listen on")
        }
        return new
    }

    /// On the way to a server; nil when the system has no socket left.
    static func connected(to port: Int) -> LoopbackSocket? {
        guard let new = LoopbackSocket(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)) else {
            return nil
        }
        _ = unsafe new.with(port: port) { unsafe connect(new.descriptor, $0, $1) }
        return new
    }

    /// The port it is bound to.
    var port: Int {
        get throws {
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let status = unsafe withUnsafeMutablePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    unsafe getsockname(descriptor, generic, &length)
                }
            }
            guard status == 0 else { throw FixtureError("getsockname: \(errno)") }
            return Int(UInt16(bigEndian: address.sin_port))
        }
    }

    /// For `poll`; without events it is passed over.
    func item(_ events: Int16) -> pollfd {
        pollfd(fd: events == 0 ? -1 : descriptor, events: events, revents: 0)
    }

    func accepted() -> LoopbackSocket? { LoopbackSocket(accept(descriptor, nil, nil)) }

    func read() -> Reading {
        var bytes = [UInt8](repeating: 0, count: Self.pieceBytes)
        let count = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
        }
        if count > 0 { return .bytes(Array(bytes[..<count])) }
        if count == 0 { return .end }
        return isForLater(errno) ? .nothing : .failure
    }

    /// How much the socket took; nil when it takes nothing any more.
    func write(_ bytes: ArraySlice<UInt8>) -> Int? {
        let count = unsafe bytes.withUnsafeBytes { buffer in
            unsafe send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
        }
        if count >= 0 { return count }
        return isForLater(errno) || errno == ENOTCONN ? 0 : nil
    }

    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    func close() { Glibc.close(descriptor) }

    /// Closes so that the peer gets an RST.
    func reset() {
        var now = linger(l_onoff: 1, l_linger: 0)
        let size = socklen_t(MemoryLayout<linger>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, size)
        close()
    }

    private func isForLater(_ number: Int32) -> Bool {
        number == EAGAIN || number == EWOULDBLOCK || number == EINTR || number == EINPROGRESS
    }

    private func with(
        port: Int,
        _ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe call(generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
