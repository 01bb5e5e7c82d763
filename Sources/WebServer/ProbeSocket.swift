import Glibc

/// A connection that is given up at a moment, whatever it does then.
struct ProbeSocket: ~Copyable {
    /// `MSG_NOSIGNAL`, which the Glibc module of statically linked builds does not have.
    private static let noSignal: Int32 = 0x4000

    private let descriptor: Int32
    /// By `MonotonicClock`, in milliseconds.
    private let deadline: Int

    private init(descriptor: Int32, deadline: Int) {
        self.descriptor = descriptor
        self.deadline = deadline
    }

    /// Connects.
    ///
    /// - Parameter address: numeric, IPv4 or IPv6.
    /// - Throws: `invalid`, `noAnswer`.
    static func connected(
        to address: String,
        port: Int,
        deadline: Int
    ) throws(WebServerError) -> ProbeSocket {
        let socket = ProbeSocket(descriptor: try begin(address, port), deadline: deadline)
        // A connection that was refused is ready, too.
        try socket.wait(for: POLLOUT)
        var failure: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        unsafe getsockopt(socket.descriptor, SOL_SOCKET, SO_ERROR, &failure, &length)
        guard failure == 0 else { throw noAnswer(failure) }
        return socket
    }

    deinit { close(descriptor) }

    /// A socket that is on its way to the address.
    private static func begin(_ address: String, _ port: Int) throws(WebServerError) -> Int32 {
        guard let number = UInt16(exactly: port) else { throw .invalid("port \(port)") }
        var v4 = sockaddr_in()
        if unsafe inet_pton(AF_INET, address, &v4.sin_addr) == 1 {
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = number.bigEndian
            return try begin(AF_INET, &v4)
        }
        var v6 = sockaddr_in6()
        guard unsafe inet_pton(AF_INET6, address, &v6.sin6_addr) == 1 else {
            throw .invalid("\(address) is not a numeric address")
        }
        v6.sin6_family = sa_family_t(AF_INET6)
        v6.sin6_port = number.bigEndian
        return try begin(AF_INET6, &v6)
    }

    private static func begin<Address>(
        _ family: Int32,
        _ address: inout Address
    ) throws(WebServerError) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, kind | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw noAnswer(errno) }
        let length = socklen_t(MemoryLayout<Address>.size)
        let result = unsafe withUnsafeBytes(of: &address) { bytes in
            unsafe connect(
                descriptor,
                bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                length
            )
        }
        let failure = errno
        guard result == 0 || failure == EINPROGRESS else {
            close(descriptor)
            throw noAnswer(failure)
        }
        return descriptor
    }

    /// Sends a request that fits into the socket's buffer.
    func send(_ text: String) throws(WebServerError) {
        var text = text
        let isSent = text.withUTF8 { bytes in
            unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, Self.noSignal)
                == bytes.count
        }
        guard isSent else { throw Self.noAnswer(errno) }
    }

    /// What comes until the other side closes, at most so many bytes.
    func read(max: Int) throws(WebServerError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max)
        var count = 0
        while count < max {
            try wait(for: POLLIN)
            let more = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe recv(
                    descriptor,
                    buffer.baseAddress.map { unsafe $0 + count },
                    max - count,
                    0
                )
            }
            guard more >= 0 else { throw Self.noAnswer(errno) }
            if more == 0 { break }
            count += more
        }
        return Array(bytes.prefix(count))
    }

    private func wait(for event: Int32) throws(WebServerError) {
        var item = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        while true {
            let left = deadline - MonotonicClock.milliseconds()
            guard left > 0 else { throw .noAnswer(reason: "the time is over") }
            let count = unsafe poll(&item, 1, Int32(clamping: left))
            if count > 0 { return }
            if count < 0, errno != EINTR { throw Self.noAnswer(errno) }
        }
    }

    private static func noAnswer(_ number: Int32) -> WebServerError {
        .noAnswer(reason: SystemError.text(number))
    }
}
