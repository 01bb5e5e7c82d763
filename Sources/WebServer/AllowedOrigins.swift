/// Which web pages may open a WebSocket here and read cross-origin answers.
///
/// A browser names the page's origin and never lies about it; a client that names none is not a
/// browser, and is let in. This guards a person's browser, it is no authentication.
package struct AllowedOrigins: Sendable, Equatable {
    /// Nil: same origin and localhost.
    private let list: Set<String>?

    /// - Parameter list: origins as browsers write them, `https://example.com` or
    ///   `http://example.com:8080`, in any case. Exactly these are allowed, not even the server's
    ///   own unless it is among them: a page that points its own name at this address (DNS
    ///   rebinding) is of the same origin. Nil allows the same origin, and localhost at any port.
    /// - Throws: `invalid` for an entry that is no such origin, `*` too: every page of the web
    ///   could then use what the visitor's network reaches.
    package init(_ list: [String]?) throws(WebServerError) {
        guard let list else {
            self.list = nil
            return
        }
        var origins: Set<String> = []
        for entry in list {
            guard let origin = Self.normalized(entry) else {
                throw .invalid("\"\(entry)\" is not an origin such as https://example.com")
            }
            origins.insert(origin)
        }
        self.list = origins
    }

    private init() {
        list = nil
    }

    /// Same origin and localhost.
    package static let sameOriginAndLocalhost = AllowedOrigins()

    /// - Parameters:
    ///   - origin: the request's Origin header; nil when it has none.
    ///   - host: the request's Host header.
    package func allows(origin: String?, host: String?) -> Bool {
        guard let origin else { return true }
        guard let normalized = Self.normalized(origin) else { return false }
        if let list { return list.contains(normalized) }
        let authority = Self.authority(of: normalized)
        if let host,
            authority == Self.authority(of: "http://" + host.lowercased())
                || authority == Self.authority(of: "https://" + host.lowercased())
        {
            return true
        }
        return Self.localNames.contains(Self.name(of: authority))
    }

    private static let localNames: Set = ["localhost", "127.0.0.1", "[::1]"]

    /// Lower case, without a default port; nil for what is not scheme, host and perhaps port.
    private static func normalized(_ text: String) -> String? {
        let lowered = text.lowercased()
        for (scheme, port) in [("http://", ":80"), ("https://", ":443")]
        where lowered.hasPrefix(scheme) {
            var authority = lowered.dropFirst(scheme.count)
            if authority.hasSuffix(port) { authority = authority.dropLast(port.count) }
            let isPlain = authority.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x61...0x7A, 0x2D, 0x2E, 0x3A, 0x5B, 0x5D, 0x5F: true
                default: false
                }
            }
            guard isPlain, !authority.isEmpty, !authority.hasPrefix(":") else { return nil }
            return scheme + authority
        }
        return nil
    }

    private static func authority(of origin: String) -> Substring {
        let normalized = normalized(origin) ?? origin
        guard let slash = normalized.lastIndex(of: "/") else { return normalized[...] }
        return normalized[normalized.index(after: slash)...]
    }

    /// The authority without its port.
    private static func name(of authority: Substring) -> String {
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return String(authority) }
            return String(authority[...end])
        }
        return String(authority.prefix { $0 != ":" })
    }
}
