import Foundation
import Glibc
import Synchronization

/// Ports this process was given: two fixtures that start at once do not get the same one.
private let givenPorts = Mutex<Set<Int>>([])

/// A TCP port on 127.0.0.1 that nobody listens on at this moment.
///
/// Below the ports that the system gives to connections: one of those could take the place of a
/// server that is to come back to its port.
package func freePort() throws -> Int {
    let range = try String(
        contentsOfFile: "/proc/sys/net/ipv4/ip_local_port_range",
        encoding: .utf8
    )
    let end = range.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) } ?? 32_768
    for _ in 0..<1_000 {
        let port = Int.random(in: 10_240..<max(end, 10_241))
        if try isFree(port), givenPorts.withLock({ $0.insert(port).inserted }) { return port }
    }
    throw FixtureError("no free port below \(end)")
}

/// Whether a server could listen there.
private func isFree(_ port: Int) throws -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw FixtureError("socket: \(errno)") }
    defer { close(descriptor) }
    return unsafe withLoopback(port) { address, length in
        unsafe bind(descriptor, address, length) == 0
    }
}

/// A TCP socket that listens on 127.0.0.1: where the system chooses, unless a port is named. Nobody else
/// can take a port between choosing and listening, as after `freePort`. The caller closes the socket.
package func listenOnLoopback(
    port: Int = 0,
    backlog: Int32 = 16
) throws -> (descriptor: Int32, port: Int) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw FixtureError("socket: \(errno)") }
    var on: Int32 = 1
    unsafe setsockopt(
        descriptor,
        SOL_SOCKET,
        SO_REUSEADDR,
        &on,
        socklen_t(MemoryLayout<Int32>.size)
    )
    var address = sockaddr_in()
    let isListening = unsafe withLoopback(port) { wanted, length in
        var length = length
        return unsafe bind(descriptor, wanted, length) == 0 && listen(descriptor, backlog) == 0
            && withUnsafeMutablePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    unsafe getsockname(descriptor, generic, &length) == 0
                }
            }
    }
    guard isListening else {
        let number = errno
        close(descriptor)
        throw FixtureError("cannot listen on port \(port): \(number)")
    }
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
}

/// Whether something accepts TCP connections on 127.0.0.1 at `port`.
package func accepts(port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return unsafe withLoopback(port) { address, length in
        unsafe connect(descriptor, address, length) == 0
    }
}

private func withLoopback(
    _ port: Int,
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Bool
) -> Bool {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    return unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            unsafe body(generic, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}

/// Why a fixture could not do its work.
package struct FixtureError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
