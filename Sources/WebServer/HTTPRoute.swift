/// A method, a pattern of paths, and what answers them.
package struct HTTPRoute: Sendable {
    /// Both run on the server's only thread: while one runs, no request is read, no frame sent and
    /// no health check answered. Work that may take more than a millisecond, or wait for anything,
    /// belongs to a thread of the service's own, through `deferred`.
    package enum Handler: Sendable {
        /// Returns the answer at once.
        case immediate(@Sendable (HTTPRequest) -> HTTPResponse)
        /// Hands the request over and returns at once; the answer comes through the responder,
        /// from any thread. Without one in time the client gets 503.
        case deferred(@Sendable (HTTPRequest, HTTPResponder) -> Void)
    }

    package let method: HTTPMethod
    package let pattern: String
    let handler: Handler
    let allowsCrossOrigin: Bool
    let answerMilliseconds: Int?

    /// - Parameters:
    ///   - pattern: "/stats" or "/api/games/:id"; ":name" takes one part that is not empty. Among
    ///     routes that match, the one with the earliest plain part wins. GET answers HEAD too.
    ///   - allowsCrossOrigin: pages of the allowed origins may read the answer (CORS).
    ///   - answerMilliseconds: for a deferred handler, instead of the server's limit.
    package init(
        _ method: HTTPMethod,
        _ pattern: String,
        _ handler: Handler,
        allowsCrossOrigin: Bool = false,
        answerMilliseconds: Int? = nil
    ) {
        self.method = method
        self.pattern = pattern
        self.handler = handler
        self.allowsCrossOrigin = allowsCrossOrigin
        self.answerMilliseconds = answerMilliseconds
    }
}
