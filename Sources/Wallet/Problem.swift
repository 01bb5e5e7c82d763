import Telemetry
import WebServer

/// Why a request was not done, as RFC 9457 has it: `{type, title, status, detail, code, field?}`.
struct Problem: Error, Sendable, Equatable {
    static let contentType = "application/problem+json"
    /// What `type` begins with; the code follows.
    static let typePrefix = "urn:betting:problem:"

    let code: ProblemCode
    /// For people, about this answer; nothing secret.
    let detail: String
    /// The field or parameter that is meant.
    let field: String?
    /// When to come again.
    let retryAfterSeconds: Int?

    init(
        _ code: ProblemCode,
        _ detail: String? = nil,
        field: String? = nil,
        retryAfterSeconds: Int? = nil
    ) {
        self.code = code
        self.detail = detail ?? code.title + "."
        self.field = field
        self.retryAfterSeconds = retryAfterSeconds
    }

    var response: HTTPResponse {
        var response = HTTPResponse(
            status: code.status,
            contentType: Self.contentType,
            body: body(status: code.status)
        )
        if let retryAfterSeconds {
            response.headers.append((name: "Retry-After", value: "\(max(1, retryAfterSeconds))"))
        }
        if code.status == 401 {
            let error = code == .tokenMissing ? "" : ", error=\"invalid_token\""
            response.headers.append(
                (name: "WWW-Authenticate", value: "Bearer realm=\"betting\"\(error)")
            )
        }
        return response
    }

    /// The HTTP server's own errors, in the same shape.
    static let writer: HTTPFailure.Writer = { failure in
        let code = ProblemCode(rawValue: failure.code) ?? .internalError
        let problem = Problem(code, failure.message)
        return (contentType, problem.body(status: failure.status))
    }

    private func body(status: Int) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.field("type", Self.typePrefix + code.rawValue)
        json.field("title", code.title)
        json.field("status", status)
        json.field("detail", detail)
        json.field("code", code.rawValue)
        if let field { json.field("field", field) }
        json.endObject()
        return Array(json.text.utf8)
    }
}
