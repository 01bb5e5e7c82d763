/// One complete request, as a handler sees it.
package struct HTTPRequest: Sendable {
    package let method: HTTPMethod
    /// Percent-decoded, always begins with "/", without the query.
    package let path: String
    /// Decoded pairs in their order; a name without "=" has an empty value.
    package let query: [(name: String, value: String)]
    /// What the ":name" parts of the route's pattern matched, decoded.
    package let parameters: [String: String]
    /// At most the server's `bodyBytesMax`.
    package let body: [UInt8]
    /// The peer's numeric address. Behind a proxy it is the proxy's.
    package let remoteAddress: String
    /// Names in lower case, values without surrounding blanks, in their order.
    let headers: [(name: String, value: String)]

    init(head: RequestHead, parameters: [String: String], body: [UInt8], remoteAddress: String) {
        method = head.method ?? .get
        path = head.target.path
        query = head.target.query
        headers = head.headers
        self.parameters = parameters
        self.body = body
        self.remoteAddress = remoteAddress
    }

    /// The first header of that name, in any case.
    package func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name == wanted }?.value
    }

    /// All headers of that name, in any case: where two could be understood in two ways.
    package func headers(_ name: String) -> [String] {
        let wanted = name.lowercased()
        return headers.filter { $0.name == wanted }.map(\.value)
    }

    /// The first value of that name in the query.
    package func queryValue(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }
}
