import Glibc

/// Makes the socket connections arrive at. It is made here, not by libwebsockets, so that a taken
/// port is told apart from other failures and 0 tells the port it became.
enum ListeningSocket {
    private static let backlog: Int32 = 1_024

    /// - Parameter address: numeric; nil for all interfaces.
    /// - Throws: `portTaken`, `cannotListen`.
    static func open(
        address: String?,
        port: Int
    ) throws(WebServerError) -> (descriptor: Int32, port: Int) {
        guard let number = UInt16(exactly: port) else { throw .invalid("port \(port)") }
        if let address {
            var v4 = in_addr()
            if unsafe inet_pton(AF_INET, address, &v4) == 1 {
                return try listenV4(v4, number, name: address)
            }
            var v6 = in6_addr()
            guard unsafe inet_pton(AF_INET6, address, &v6) == 1 else {
                throw .invalid("\(address) is not a numeric address")
            }
            return try listenV6(v6, number, name: address)
        }
        do throws(WebServerError) {
            return try listenV6(in6_addr(), number, name: "all interfaces")
        } catch .cannotListen {
            // A machine without IPv6.
            return try listenV4(in_addr(), number, name: "all interfaces")
        }
    }

    private static func listenV4(
        _ address: in_addr,
        _ port: UInt16,
        name: String
    ) throws(WebServerError) -> (descriptor: Int32, port: Int) {
        var socketAddress = sockaddr_in()
        socketAddress.sin_family = sa_family_t(AF_INET)
        socketAddress.sin_addr = address
        socketAddress.sin_port = port.bigEndian
        return try listen(AF_INET, &socketAddress, port, name)
    }

    private static func listenV6(
        _ address: in6_addr,
        _ port: UInt16,
        name: String
    ) throws(WebServerError) -> (descriptor: Int32, port: Int) {
        var socketAddress = sockaddr_in6()
        socketAddress.sin6_family = sa_family_t(AF_INET6)
        socketAddress.sin6_addr = address
        socketAddress.sin6_port = port.bigEndian
        return try listen(AF_INET6, &socketAddress, port, name)
    }

    private static func listen<Address>(
        _ family: Int32,
        _ address: inout Address,
        _ port: UInt16,
        _ name: String
    ) throws(WebServerError) -> (descriptor: Int32, port: Int) {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, kind | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw failure(port, name) }
        setOption(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
        if family == AF_INET6 { setOption(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0) }
        var length = socklen_t(MemoryLayout<Address>.size)
        let isBound = unsafe withUnsafeMutableBytes(of: &address) { bytes in
            guard
                let generic = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
            else { return false }
            return unsafe bind(descriptor, generic, length) == 0
                && Glibc.listen(descriptor, backlog) == 0
                && getsockname(descriptor, generic, &length) == 0
        }
        guard isBound else {
            let error = failure(port, name)
            close(descriptor)
            throw error
        }
        // Both families have the port at the same place.
        let bound = unsafe withUnsafeBytes(of: &address) { bytes in
            unsafe UInt16(bytes[2]) << 8 | UInt16(bytes[3])
        }
        return (descriptor, Int(bound))
    }

    private static func failure(_ port: UInt16, _ name: String) -> WebServerError {
        guard errno != EADDRINUSE else { return .portTaken(port: Int(port)) }
        return .cannotListen(address: name, port: Int(port), reason: SystemError.text(errno))
    }

    static func setOption(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}
