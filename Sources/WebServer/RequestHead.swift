/// Request line and headers of one request, checked.
struct RequestHead: Sendable {
    /// Nil for a method this server does not know.
    let method: HTTPMethod?
    let target: RequestTarget
    /// Names in lower case.
    let headers: [(name: String, value: String)]
    let contentLength: Int
    let isHTTP10: Bool
    let keepsAlive: Bool
    let expectsContinue: Bool

    func header(_ lowercasedName: String) -> String? {
        headers.first { $0.name == lowercasedName }?.value
    }

    /// Whether a header that is a list of tokens holds one, in any case.
    func lists(_ token: String, in lowercasedName: String) -> Bool {
        headers.contains { header in
            header.name == lowercasedName
                && header.value.lowercased().split(separator: ",")
                    .contains { $0.trimmingBlanks() == token }
        }
    }
}

extension Substring {
    func trimmingBlanks() -> Substring {
        var rest = self
        while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
        while rest.last == " " || rest.last == "\t" { rest.removeLast() }
        return rest
    }
}

/// Why a request is refused before any handler sees it. The connection is closed after the answer,
/// since where the next request would begin is unknown.
struct RequestFailure: Error, Sendable, Equatable {
    let status: Int
    let code: String
    let message: String

    static func malformed(_ message: String) -> RequestFailure {
        RequestFailure(status: 400, code: "malformed_request", message: message)
    }
}
