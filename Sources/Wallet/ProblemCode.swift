/// Everything the API can complain about: a closed table, and the only one. The OpenAPI document and
/// docs/API.md list the same codes; tests compare them.
enum ProblemCode: String, Sendable, CaseIterable {
    // What the client sent.
    case malformed
    case unknownField = "unknown_field"
    case missingField = "missing_field"
    case invalidField = "invalid_field"
    case invalidQuery = "invalid_query"
    case keyRequired = "idempotency_key_required"
    case keyInvalid = "idempotency_key_invalid"
    case unsupportedMediaType = "unsupported_media_type"
    case amountRange = "amount_range"
    case amountPrecision = "amount_precision"
    case keyReused = "idempotency_key_reused"

    // Who asks.
    case tokenMissing = "token_missing"
    case tokenInvalid = "token_invalid"
    case tokenExpired = "token_expired"
    case operatorOnly = "operator_only"

    // How things stand.
    case insufficientFunds = "insufficient_funds"
    case betNotFound = "bet_not_found"
    case roundNotFound = "round_not_found"
    case roundClosed = "round_closed"
    case resultConflict = "result_conflict"
    case notCancellable = "not_cancellable"
    case betRefused = "bet_refused"
    case requestInProgress = "request_in_progress"

    // Too much, or not now.
    case rateLimited = "rate_limited"
    case queueFull = "queue_full"
    case busy
    case databaseUnavailable = "database_unavailable"
    case publishingBehind = "publishing_behind"
    case noAnswerInTime = "no_answer_in_time"
    case stopping
    case tooManyConnections = "too_many_connections"
    case internalError = "internal_error"

    // What the HTTP server refuses before the API sees it.
    case notFound = "not_found"
    case methodNotAllowed = "method_not_allowed"
    case originNotAllowed = "origin_not_allowed"
    case malformedRequest = "malformed_request"
    case requestTimeout = "request_timeout"
    case lengthRequired = "length_required"
    case bodyTooLarge = "body_too_large"
    case targetTooLong = "target_too_long"
    case expectationFailed = "expectation_failed"
    case headersTooLarge = "headers_too_large"
    case transferCoding = "transfer_coding_not_supported"
    case httpVersion = "version_not_supported"

    /// The status of an answer with this code.
    var status: Int { row.status }

    /// The same for every answer with this code (RFC 9457, 3.1.3).
    var title: String { row.title }

    private var row: (status: Int, title: String) {
        switch self {
        case .malformed: (400, "The body is not one strict JSON object")
        case .unknownField: (400, "A field is not known")
        case .missingField: (400, "A field is missing")
        case .invalidField: (400, "A field is not of its type")
        case .invalidQuery: (400, "A parameter of the query is wrong")
        case .keyRequired: (400, "The header Idempotency-Key is missing")
        case .keyInvalid: (400, "The Idempotency-Key is not 1 to 255 printable ASCII characters")
        case .unsupportedMediaType: (415, "The body must be application/json")
        case .amountRange: (422, "The amount is out of range")
        case .amountPrecision: (422, "The amount has more than 8 decimals")
        case .keyReused: (422, "The Idempotency-Key belongs to another request")
        case .tokenMissing: (401, "A bearer token is wanted")
        case .tokenInvalid: (401, "The token is not accepted")
        case .tokenExpired: (401, "The token has expired")
        case .operatorOnly: (403, "Only operators may do this")
        case .insufficientFunds: (400, "The balance is too low")
        case .betNotFound: (404, "There is no such bet of yours")
        case .roundNotFound: (404, "There is no such round")
        case .roundClosed: (409, "The round takes no bets any more")
        case .resultConflict: (409, "The round has another result")
        case .notCancellable: (409, "Nothing of the bet is left to cancel")
        case .betRefused: (409, "The database does not take this bet")
        case .requestInProgress: (409, "The same request is being worked on")
        case .rateLimited: (429, "Too many requests of this user")
        case .queueFull: (429, "More bets wait than can be placed soon")
        case .busy: (503, "The database has too much to do")
        case .databaseUnavailable: (503, "The database does not answer")
        case .publishingBehind: (503, "Too many placed bets wait to be published")
        case .noAnswerInTime: (503, "There was no answer in time")
        case .stopping: (503, "The server stops")
        case .tooManyConnections: (503, "Too many connections")
        case .internalError: (500, "Something is wrong with the server")
        case .notFound: (404, "There is nothing here")
        case .methodNotAllowed: (405, "This path does not have that method")
        case .originNotAllowed: (403, "Pages of this origin may not ask")
        case .malformedRequest: (400, "The request is not HTTP/1.1")
        case .requestTimeout: (408, "The request did not come in time")
        case .lengthRequired: (411, "The body has no length")
        case .bodyTooLarge: (413, "The body is too large")
        case .targetTooLong: (414, "The address is too long")
        case .expectationFailed: (417, "The expectation cannot be met")
        case .headersTooLarge: (431, "The headers are too large")
        case .transferCoding: (501, "The transfer coding is not supported")
        case .httpVersion: (505, "The version of HTTP is not supported")
        }
    }
}
