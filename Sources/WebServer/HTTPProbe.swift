import Glibc

/// One question to an HTTP server, as a probe asks it: a new connection, the status and the first
/// line of the answer, within a time limit. Plain HTTP to a numeric address: no name is looked up,
/// which could take longer than the limit. Blocks the calling thread.
package struct HTTPProbe: Sendable, Equatable {
    package struct Answer: Sendable, Equatable {
        package let status: Int
        /// The body up to its first line's end, empty when there is none.
        package let line: String
    }

    /// Of what is read: a status, headers and a line.
    private static let answerBytesMax = 8 * 1_024

    /// Numeric, IPv4 or IPv6.
    package let address: String
    package let port: Int
    package let path: String

    package init(address: String, port: Int, path: String) {
        self.address = address
        self.port = port
        self.path = path
    }

    /// - Parameter url: `http://address[:port][/path]`; an IPv6 address in brackets; `localhost`
    ///   is 127.0.0.1.
    /// - Throws: `invalid`, with what is wanted.
    package init(url: String) throws(WebServerError) {
        let pattern = /http:\/\/(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+|localhost))(?::(\d+))?(\/[!-~]*)?/
        guard let parts = url.wholeMatch(of: pattern), let port = Int(parts.3 ?? "80"),
            (1...65_535).contains(port)
        else {
            throw .invalid("\(url): http://address:port/path is wanted, the address in digits")
        }
        let host = parts.1 ?? parts.2 ?? ""
        self.init(
            address: host == "localhost" ? "127.0.0.1" : String(host),
            port: port,
            path: String(parts.4 ?? "/")
        )
    }

    package var url: String {
        "http://\(address.contains(":") ? "[\(address)]" : address):\(port)\(path)"
    }

    /// - Throws: `noAnswer` with the reason; `invalid` when the address is not numeric.
    package func ask(withinMilliseconds limit: Int) throws(WebServerError) -> Answer {
        let socket = try ProbeSocket.connected(
            to: address,
            port: port,
            deadline: MonotonicClock.milliseconds() + limit
        )
        try socket.send(
            "GET \(path) HTTP/1.1\r\nHost: \(address.contains(":") ? "[\(address)]" : address)\r\n"
                + "Connection: close\r\n\r\n"
        )
        return try Self.answer(in: socket.read(max: Self.answerBytesMax))
    }

    /// - Parameter bytes: what came before the connection's end, or its beginning.
    static func answer(in bytes: [UInt8]) throws(WebServerError) -> Answer {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let head = text.prefixMatch(of: /HTTP\/1\.[01] (\d{3})[^\r\n]*\r\n/),
            let status = Int(head.1)
        else { throw .noAnswer(reason: bytes.isEmpty ? "it closed" : "it speaks no HTTP") }
        let body = text.firstRange(of: "\r\n\r\n").map { text[$0.upperBound...] } ?? ""
        return Answer(status: status, line: String(body.prefix { !$0.isNewline }))
    }
}
