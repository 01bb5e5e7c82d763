/// Finds the route of a request. Immutable, so any thread may look.
struct RouteTable: Sendable {
    enum Match {
        case route(HTTPRoute, parameters: [String: String])
        /// The path exists, but not for this method.
        case otherMethods([HTTPMethod], allowsCrossOrigin: Bool)
        case nothing
    }

    private struct Entry: Sendable {
        let parts: [Part]
        let route: HTTPRoute
    }

    private enum Part: Sendable, Equatable {
        case plain(String)
        case parameter(String)
    }

    private let entries: [Entry]

    /// - Throws: `invalid` for a pattern that does not begin with "/" or names a part twice, and for
    ///   two routes that would match the same requests.
    init(_ routes: [HTTPRoute]) throws(WebServerError) {
        var entries: [Entry] = []
        var seen: Set<String> = []
        for route in routes {
            guard route.pattern.hasPrefix("/") else {
                throw .invalid("route \(route.pattern) does not begin with /")
            }
            let parts = Self.parts(of: route.pattern)
            let names = parts.compactMap { part -> String? in
                if case .parameter(let name) = part { return name }
                return nil
            }
            let shape = parts.map { part -> String in
                if case .plain(let text) = part { return text }
                return ":"
            }
            guard Set(names).count == names.count,
                seen.insert(route.method.rawValue + " /" + shape.joined(separator: "/")).inserted
            else {
                throw .invalid("route \(route.method.rawValue) \(route.pattern) is there twice")
            }
            entries.append(Entry(parts: parts, route: route))
        }
        self.entries = entries
    }

    func find(_ method: HTTPMethod?, segments: [String]) -> Match {
        var methods: [HTTPMethod] = []
        var allowsCrossOrigin = false
        var best: (entry: Entry, parameters: [String: String])?
        for entry in entries {
            guard let parameters = Self.match(entry.parts, segments) else { continue }
            methods.append(entry.route.method)
            allowsCrossOrigin = allowsCrossOrigin || entry.route.allowsCrossOrigin
            let isAsked =
                entry.route.method == method || (method == .head && entry.route.method == .get)
            guard isAsked else { continue }
            if let current = best, !Self.isPlainer(entry, than: current.entry, method) { continue }
            best = (entry, parameters)
        }
        if let best { return .route(best.entry.route, parameters: best.parameters) }
        guard !methods.isEmpty else { return .nothing }
        return .otherMethods(Self.allowed(methods), allowsCrossOrigin: allowsCrossOrigin)
    }

    /// GET brings HEAD along, and every path answers OPTIONS.
    static func allowed(_ methods: [HTTPMethod]) -> [HTTPMethod] {
        let all = methods + (methods.contains(.get) ? [.head] : []) + [.options]
        return HTTPMethod.allCases.filter(all.contains)
    }

    private static func parts(of pattern: String) -> [Part] {
        pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map { part in
            part.hasPrefix(":") ? .parameter(String(part.dropFirst())) : .plain(String(part))
        }
    }

    private static func match(_ parts: [Part], _ segments: [String]) -> [String: String]? {
        guard parts.count == segments.count else { return nil }
        var parameters: [String: String] = [:]
        for (part, segment) in zip(parts, segments) {
            switch part {
            case .plain(let text):
                guard text == segment else { return nil }
            case .parameter(let name):
                guard !segment.isEmpty else { return nil }
                parameters[name] = segment
            }
        }
        return parameters
    }

    private static func isPlainer(_ one: Entry, than other: Entry, _ method: HTTPMethod?) -> Bool {
        for (mine, theirs) in zip(one.parts, other.parts) {
            switch (mine, theirs) {
            case (.plain, .parameter): return true
            case (.parameter, .plain): return false
            default: continue
            }
        }
        return one.route.method == method && other.route.method != method
    }
}
