/// Writes responses as HTTP/1.1 bytes.
struct ResponseEncoder: Sendable {
    /// How one answer is framed: what the request allows.
    struct Framing {
        /// Length without body, for HEAD.
        var omitsBody = false
        var keepsAlive = true
        var isHTTP10 = false
    }

    let serverName: String
    let contentSecurityPolicy: String
    var failureWriter: HTTPFailure.Writer?

    /// The head, and the body where it is not sent along in the same bytes: a small body is, a
    /// large one stays the array it was.
    func encode(_ response: HTTPResponse, _ framing: Framing) -> (head: [UInt8], body: [UInt8]) {
        let response = shaped(response)
        var head: [UInt8] = []
        head.reserveCapacity(512)
        let reason = Self.reason(response.status)
        head.append(contentsOf: "HTTP/1.1 \(response.status) \(reason)\r\n".utf8)
        for (name, value) in response.headers where !Self.ownNames.contains(name.lowercased()) {
            append(name, value, to: &head)
        }
        addDefaults(for: response, to: &head)
        let hasNoBody = response.status == 204 || response.status == 304
        if !hasNoBody {
            append("Content-Length", String(response.body.count), to: &head)
        }
        if !framing.keepsAlive {
            append("Connection", "close", to: &head)
        } else if framing.isHTTP10 {
            append("Connection", "keep-alive", to: &head)
        }
        head.append(contentsOf: [0x0D, 0x0A])
        guard !hasNoBody, !framing.omitsBody, !response.body.isEmpty else { return (head, []) }
        guard response.body.count <= Self.joinedBodyBytesMax else { return (head, response.body) }
        head.append(contentsOf: response.body)
        return (head, [])
    }

    private func shaped(_ response: HTTPResponse) -> HTTPResponse {
        guard let failure = response.failure, let failureWriter else { return response }
        let (contentType, body) = failureWriter(failure)
        var response = response
        response.headers.removeAll { $0.name.lowercased() == "content-type" }
        response.headers.append((name: "Content-Type", value: contentType))
        response.body = body
        return response
    }

    private func addDefaults(for response: HTTPResponse, to head: inout [UInt8]) {
        func add(_ name: String, _ value: String) {
            guard !value.isEmpty, !response.hasHeader(name.lowercased()) else { return }
            append(name, value, to: &head)
        }
        add("Server", serverName)
        add("Cache-Control", "no-store")
        add("X-Content-Type-Options", "nosniff")
        add("Referrer-Policy", "no-referrer")
        let type = response.headers.first { $0.name.lowercased() == "content-type" }?.value ?? ""
        if type.lowercased().hasPrefix("text/html") {
            add("Content-Security-Policy", contentSecurityPolicy)
            add("X-Frame-Options", "DENY")
        }
    }

    /// Control characters in a value would end the line: they become blanks.
    private func append(_ name: String, _ value: String, to head: inout [UInt8]) {
        for byte in name.utf8 where byte > 0x20 && byte < 0x7F && byte != 0x3A {
            head.append(byte)
        }
        head.append(contentsOf: [0x3A, 0x20])
        for byte in value.utf8 {
            head.append(byte < 0x20 || byte == 0x7F ? 0x20 : byte)
        }
        head.append(contentsOf: [0x0D, 0x0A])
    }

    /// What frames the answer is the server's alone.
    private static let ownNames: Set = ["content-length", "connection", "transfer-encoding"]

    private static let joinedBodyBytesMax = 16 * 1024

    private static func reason(_ status: Int) -> String {
        reasons[status] ?? "Status"
    }

    private static let reasons: [Int: String] = [
        101: "Switching Protocols", 200: "OK", 201: "Created", 202: "Accepted", 204: "No Content",
        301: "Moved Permanently", 302: "Found", 304: "Not Modified", 307: "Temporary Redirect",
        308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
        404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict",
        410: "Gone", 411: "Length Required", 413: "Content Too Large", 414: "URI Too Long",
        415: "Unsupported Media Type", 417: "Expectation Failed", 422: "Unprocessable Content",
        426: "Upgrade Required", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
        500: "Internal Server Error", 501: "Not Implemented", 503: "Service Unavailable",
        504: "Gateway Timeout", 505: "HTTP Version Not Supported",
    ]
}
