/// What one server serves: decides how a request is answered, does no I/O.
struct Site: Sendable {
    enum Answer {
        case response(HTTPResponse)
        case deferred(
            @Sendable (HTTPRequest, HTTPResponder) -> Void,
            HTTPRequest,
            milliseconds: Int,
            extraHeaders: [(name: String, value: String)]
        )
        /// The handshake is checked and good.
        case upgrade(hub: Int, HTTPRequest)
    }

    let routes: RouteTable
    let hubs: [WebSocketHub]
    let files: StaticFiles?
    let origins: AllowedOrigins
    let encoder: ResponseEncoder
    let limits: WebServerLimits

    func answer(_ head: RequestHead, body: [UInt8], address: String) -> Answer {
        if let hub = hubs.firstIndex(where: { $0.path == head.target.path }) {
            return upgrade(hub, head, address)
        }
        switch routes.find(head.method, segments: head.target.segments) {
        case .route(let route, let parameters):
            let request = HTTPRequest(
                head: head,
                parameters: parameters,
                body: body,
                remoteAddress: address
            )
            return run(route, request, crossOriginHeaders(route.allowsCrossOrigin, head))
        case .otherMethods(let methods, let allowsCrossOrigin):
            guard head.method == .options else { return .response(Self.notAllowed(methods)) }
            return .response(options(methods, allowsCrossOrigin, head))
        case .nothing:
            return .response(file(head))
        }
    }

    private func run(
        _ route: HTTPRoute,
        _ request: HTTPRequest,
        _ extraHeaders: [(name: String, value: String)]
    ) -> Answer {
        switch route.handler {
        case .immediate(let handler):
            var response = handler(request)
            response.headers += extraHeaders
            return .response(response)
        case .deferred(let handler):
            return .deferred(
                handler,
                request,
                milliseconds: route.answerMilliseconds ?? limits.answerMilliseconds,
                extraHeaders: extraHeaders
            )
        }
    }

    private func upgrade(_ hub: Int, _ head: RequestHead, _ address: String) -> Answer {
        guard head.method == .get else { return .response(notGet(head)) }
        guard WebSocketHandshake.isAsked(head) else {
            var response = HTTPResponse.failure(
                status: 426,
                code: "upgrade_required",
                message: "this is a WebSocket"
            )
            response.headers.append((name: "Upgrade", value: "websocket"))
            return .response(response)
        }
        if let refusal = WebSocketHandshake.refusal(head, origins: origins) {
            return .response(refusal)
        }
        let request = HTTPRequest(head: head, parameters: [:], body: [], remoteAddress: address)
        return .upgrade(hub: hub, request)
    }

    private func file(_ head: RequestHead) -> HTTPResponse {
        guard let file = files?.file(at: head.target.path) else {
            return .failure(status: 404, code: "not_found", message: "there is nothing here")
        }
        guard head.method == .get || head.method == .head else { return notGet(head) }
        let headers = [
            (name: "ETag", value: file.tag), (name: "Cache-Control", value: "no-cache"),
        ]
        let known = head.header("if-none-match")?.split(separator: ",").map { $0.trimmingBlanks() }
        if let known,
            known.contains(where: { $0 == "*" || $0 == file.tag || $0 == "W/" + file.tag })
        {
            return HTTPResponse(status: 304, headers: headers)
        }
        return HTTPResponse(contentType: file.contentType, headers: headers, body: file.body)
    }

    /// The answer to another method where only GET is known.
    private func notGet(_ head: RequestHead) -> HTTPResponse {
        head.method == .options ? options([.get], false, head) : Self.notAllowed([.get])
    }

    private static func notAllowed(_ methods: [HTTPMethod]) -> HTTPResponse {
        let allowed = RouteTable.allowed(methods).map(\.rawValue).joined(separator: ", ")
        var response = HTTPResponse.failure(
            status: 405,
            code: "method_not_allowed",
            message: "allowed here: \(allowed)"
        )
        response.headers.append((name: "Allow", value: allowed))
        return response
    }

    private func crossOriginHeaders(
        _ isAllowed: Bool,
        _ head: RequestHead
    ) -> [(name: String, value: String)] {
        guard isAllowed else { return [] }
        let vary = (name: "Vary", value: "Origin")
        guard let origin = head.header("origin"),
            origins.allows(origin: origin, host: head.header("host"))
        else { return [vary] }
        return [vary, (name: "Access-Control-Allow-Origin", value: origin)]
    }

    /// Also what a browser asks before it sends a cross-origin request.
    private func options(
        _ methods: [HTTPMethod],
        _ allowsCrossOrigin: Bool,
        _ head: RequestHead
    ) -> HTTPResponse {
        let allowed = RouteTable.allowed(methods).map(\.rawValue).joined(separator: ", ")
        var response = HTTPResponse(status: 204, headers: [(name: "Allow", value: allowed)])
        guard head.header("access-control-request-method") != nil else { return response }
        guard allowsCrossOrigin,
            origins.allows(origin: head.header("origin"), host: head.header("host"))
        else {
            return .failure(
                status: 403,
                code: "origin_not_allowed",
                message: "pages of this origin may not ask"
            )
        }
        response.headers += crossOriginHeaders(true, head)
        response.headers += [
            (name: "Access-Control-Allow-Methods", value: allowed),
            (name: "Access-Control-Allow-Headers", value: "Content-Type"),
            (name: "Access-Control-Max-Age", value: "600"),
        ]
        return response
    }
}
