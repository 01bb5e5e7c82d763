import Glibc
import TestSupport

/// A NATS client that is a socket and nothing more: it sends what no library would.
///
/// Calls block for at most `timeoutSeconds`. Used by one test at a time.
final class RawNATS {
    private static let timeoutSeconds = 10
    private static let inbox = "raw.inbox"

    private let descriptor: Int32
    private var received: [UInt8] = []

    /// Connects to 127.0.0.1 and waits until the server answers.
    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw FixtureError("socket: \(errno)") }
        var limit = timeval(tv_sec: Self.timeoutSeconds, tv_usec: 0)
        unsafe setsockopt(
            descriptor,
            SOL_SOCKET,
            SO_RCVTIMEO,
            &limit,
            socklen_t(MemoryLayout<timeval>.size)
        )
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        let isConnected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { throw FixtureError("connect: \(errno)") }
        let options = #"{"verbose":false,"pedantic":false,"headers":true,"name":"raw"}"#
        try send(Array("CONNECT \(options)\r\nSUB \(Self.inbox) 1\r\n".utf8))
        try flush()
    }

    deinit {
        close(descriptor)
    }

    /// Publishes without waiting.
    ///
    /// - Parameter headers: the header block as it goes over the wire, the version line and the empty
    ///   line at its end included.
    func publish(_ subject: String, headers: String? = nil, body: [UInt8]) throws {
        try send(Self.frame(subject, reply: nil, headers: headers, body: body))
    }

    /// Publishes and waits for JetStream's receipt.
    ///
    /// - Returns: the message's sequence.
    func publishAcknowledged(
        _ subject: String,
        headers: String? = nil,
        body: [UInt8]
    ) throws -> Int {
        try send(Self.frame(subject, reply: Self.inbox, headers: headers, body: body))
        while true {
            let line = try readLine()
            guard line.hasPrefix("MSG "), let size = line.split(separator: " ").last,
                let count = Int(size)
            else { continue }
            let receipt = String(decoding: try read(count + 2), as: UTF8.self)
            guard let range = receipt.firstRange(of: #""seq":"#),
                let sequence = Int(receipt[range.upperBound...].prefix { $0.isNumber })
            else { throw FixtureError("not stored: \(receipt)") }
            return sequence
        }
    }

    /// Waits until the server has read everything sent before.
    func flush() throws {
        try send(Array("PING\r\n".utf8))
        while try readLine() != "PONG" {}
    }

    private static func frame(
        _ subject: String,
        reply: String?,
        headers: String?,
        body: [UInt8]
    ) -> [UInt8] {
        let head = Array((headers ?? "").utf8)
        let verb = headers == nil ? "PUB" : "HPUB"
        let sizes = (headers == nil ? [] : [head.count]) + [head.count + body.count]
        let words = [verb, subject] + [reply].compactMap(\.self) + sizes.map(String.init)
        let end = Array("\r\n".utf8)
        return Array(words.joined(separator: " ").utf8) + end + head + body + end
    }

    private func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor,
                    buffer.baseAddress,
                    buffer.count,
                    Int32(MSG_NOSIGNAL)
                )
            }
            guard count > 0 else { throw FixtureError("send: \(errno)") }
            rest = rest.dropFirst(count)
        }
    }

    /// One line without its end. The server's own pings are answered on the way.
    private func readLine() throws -> String {
        while true {
            if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: received[..<end], as: UTF8.self)
                    .trimmingSuffix("\r")
                received.removeSubrange(...end)
                if line == "PING" {
                    try send(Array("PONG\r\n".utf8))
                    continue
                }
                guard !line.hasPrefix("-ERR") else { throw FixtureError("NATS: \(line)") }
                return line
            }
            try receive()
        }
    }

    private func read(_ count: Int) throws -> [UInt8] {
        while received.count < count { try receive() }
        let bytes = Array(received.prefix(count))
        received.removeFirst(count)
        return bytes
    }

    private func receive() throws {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { throw FixtureError("NATS hung up or is silent: \(errno)") }
        received += buffer.prefix(count)
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}
