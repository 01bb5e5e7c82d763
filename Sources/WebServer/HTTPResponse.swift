/// What a handler answers. The server adds length, connection, security and cache headers; a header
/// given here wins over the one the server would add.
package struct HTTPResponse: Sendable {
    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// Set in what `failure` made: the server may write it in another shape.
    private(set) var failure: HTTPFailure?

    package init(
        status: Int = 200,
        contentType: String? = nil,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = []
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        if let contentType {
            self.headers.insert((name: "Content-Type", value: contentType), at: 0)
        }
    }

    package static func text(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(
            status: status,
            contentType: "text/plain; charset=utf-8",
            body: Array(text.utf8)
        )
    }

    /// - Parameter text: complete JSON, written by the caller.
    package static func json(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, contentType: "application/json", body: Array(text.utf8))
    }

    /// The shape of every error, unless the server's configuration has another:
    /// `{"error":{"code":…,"message":…}}`.
    ///
    /// - Parameters:
    ///   - code: for programs, `lower_snake_case`.
    ///   - message: for people; nothing secret, it goes to the client.
    package static func failure(status: Int, code: String, message: String) -> HTTPResponse {
        var text = "{\"error\":{\"code\":"
        text.appendJSONString(code)
        text += ",\"message\":"
        text.appendJSONString(message)
        text += "}}"
        var response = json(text, status: status)
        response.failure = HTTPFailure(status: status, code: code, message: message)
        return response
    }

    func hasHeader(_ lowercasedName: String) -> Bool {
        headers.contains { $0.name.lowercased() == lowercasedName }
    }
}

extension String {
    fileprivate mutating func appendJSONString(_ text: String) {
        let digits = Array("0123456789abcdef")
        append("\"")
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": append("\\\"")
            case "\\": append("\\\\")
            case "\n": append("\\n")
            case _ where scalar.value < 0x20:
                append("\\u00\(digits[Int(scalar.value >> 4)])\(digits[Int(scalar.value & 15)])")
            default: unicodeScalars.append(scalar)
            }
        }
        append("\"")
    }
}
