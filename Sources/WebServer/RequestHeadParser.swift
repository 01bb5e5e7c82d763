/// Reads request line and headers strictly (RFC 9112): only CRLF ends a line, no folding, no blank
/// before a colon, one Host, one length. What two servers could read in two ways is refused.
struct RequestHeadParser {
    let limits: WebServerLimits

    /// - Parameter bytes: the lines without the empty one that ends them; every line, the last too,
    ///   ends with CRLF.
    func parse(_ bytes: ArraySlice<UInt8>) throws(RequestFailure) -> RequestHead {
        var rest = bytes
        let line = try nextLine(&rest)
        let words = line.split(separator: 0x20, omittingEmptySubsequences: false)
        guard words.count == 3, !words[0].isEmpty, words[0].allSatisfy(Self.isTokenByte) else {
            throw .malformed("the request line is not method, target, version")
        }
        let isHTTP10 = try version(words[2])
        guard let target = RequestTarget(words[1]) else {
            throw .malformed("the request target is not a path")
        }
        let headers = try self.headers(&rest)
        try checkHost(headers, isHTTP10: isHTTP10)
        let connection = values("connection", headers).map { $0.lowercased() }
            .flatMap { $0.split(separator: ",").map { $0.trimmingBlanks() } }
        return RequestHead(
            method: HTTPMethod(rawValue: String(decoding: words[0], as: UTF8.self)),
            target: target,
            headers: headers,
            contentLength: try contentLength(headers, isHTTP10: isHTTP10),
            isHTTP10: isHTTP10,
            keepsAlive: isHTTP10
                ? connection.contains("keep-alive") : !connection.contains("close"),
            expectsContinue: try expectsContinue(headers, isHTTP10: isHTTP10)
        )
    }

    private func nextLine(
        _ rest: inout ArraySlice<UInt8>
    ) throws(RequestFailure) -> ArraySlice<UInt8> {
        guard let end = rest.firstIndex(where: { $0 == 0x0D || $0 == 0x0A }), rest[end] == 0x0D,
            end + 1 < rest.endIndex, rest[end + 1] == 0x0A
        else { throw .malformed("a line does not end with CRLF") }
        defer { rest = rest[(end + 2)...] }
        return rest[rest.startIndex..<end]
    }

    private func version(_ text: ArraySlice<UInt8>) throws(RequestFailure) -> Bool {
        if text.elementsEqual("HTTP/1.1".utf8) { return false }
        if text.elementsEqual("HTTP/1.0".utf8) { return true }
        guard text.count == 8, text.starts(with: "HTTP/".utf8) else {
            throw .malformed("the request line has no HTTP version")
        }
        throw RequestFailure(
            status: 505,
            code: "version_not_supported",
            message: "this server speaks HTTP/1.1"
        )
    }

    private func headers(
        _ rest: inout ArraySlice<UInt8>
    ) throws(RequestFailure) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        while !rest.isEmpty {
            let line = try nextLine(&rest)
            guard headers.count < limits.headerLinesMax else { throw .headersTooLarge }
            guard let colon = line.firstIndex(of: 0x3A), colon > line.startIndex,
                line[..<colon].allSatisfy(Self.isTokenByte)
            else { throw .malformed("a header line has no valid name") }
            var value = line[(colon + 1)...]
            while let first = value.first, first == 0x20 || first == 0x09 { value.removeFirst() }
            while let last = value.last, last == 0x20 || last == 0x09 { value.removeLast() }
            guard value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw .malformed("a header holds a control character")
            }
            headers.append(
                (
                    name: String(decoding: line[..<colon], as: UTF8.self).lowercased(),
                    value: String(decoding: value, as: UTF8.self)
                )
            )
        }
        return headers
    }

    private func values(_ name: String, _ headers: [(name: String, value: String)]) -> [String] {
        headers.filter { $0.name == name }.map(\.value)
    }

    private func checkHost(
        _ headers: [(name: String, value: String)],
        isHTTP10: Bool
    ) throws(RequestFailure) {
        let count = values("host", headers).count
        guard count == 1 || (count == 0 && isHTTP10) else {
            throw .malformed("a request has exactly one Host header")
        }
    }

    /// The body's length. A transfer coding is never taken: with a length it is the classic way to
    /// smuggle a request past a proxy, alone it would need a body without a known end.
    private func contentLength(
        _ headers: [(name: String, value: String)],
        isHTTP10: Bool
    ) throws(RequestFailure) -> Int {
        let lengths = values("content-length", headers)
        let codings = values("transfer-encoding", headers)
        guard lengths.count <= 1, lengths.isEmpty || codings.isEmpty else {
            throw .malformed("the body's length is given twice")
        }
        if let coding = codings.first {
            guard !isHTTP10, codings.count == 1 else { throw .malformed("bad transfer coding") }
            guard coding.lowercased() == "chunked" else {
                throw RequestFailure(
                    status: 501,
                    code: "transfer_coding_not_supported",
                    message: "send the body with a Content-Length"
                )
            }
            throw RequestFailure(
                status: 411,
                code: "length_required",
                message: "send the body with a Content-Length"
            )
        }
        guard let text = lengths.first else { return 0 }
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            throw .malformed("Content-Length is not a number")
        }
        guard let length = Int(text), length <= limits.bodyBytesMax else {
            throw RequestFailure(
                status: 413,
                code: "body_too_large",
                message: "a body may have \(limits.bodyBytesMax) bytes"
            )
        }
        return length
    }

    private func expectsContinue(
        _ headers: [(name: String, value: String)],
        isHTTP10: Bool
    ) throws(RequestFailure) -> Bool {
        guard let expectation = values("expect", headers).first, !isHTTP10 else { return false }
        guard expectation.lowercased() == "100-continue" else {
            throw RequestFailure(
                status: 417,
                code: "expectation_failed",
                message: "only 100-continue can be expected"
            )
        }
        return true
    }

    /// The characters of a token (RFC 9110, 5.6.2).
    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x21, 0x23, 0x24, 0x25, 0x26, 0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E, 0x5F, 0x60, 0x7C,
            0x7E:
            true
        default: false
        }
    }
}

extension RequestFailure {
    static let headersTooLarge = RequestFailure(
        status: 431,
        code: "headers_too_large",
        message: "the request's headers are too large"
    )
}
