/// A server the aggregator reads from.
package enum DependencyName: String, Sendable, CaseIterable {
    case nats
    case postgres
    case redis
}

/// Whether a server answers, and since when.
package struct Dependency: Sendable, Equatable {
    package let name: DependencyName
    package private(set) var isUp = false
    /// When it came or went, microseconds since 1970.
    package private(set) var since: Int64
    /// Why it is down, or what is wrong although it is up; nothing secret.
    package private(set) var detail = "not reached yet"

    package init(_ name: DependencyName, since: Int64) {
        self.name = name
        self.since = since
    }

    /// Notes the outcome of a read.
    ///
    /// - Returns: whether that is news, worth a line in the log.
    package mutating func note(isUp: Bool, detail: String, at wallMicroseconds: Int64) -> Bool {
        let isNews = isUp != self.isUp || detail != self.detail
        if isUp != self.isUp { since = wallMicroseconds }
        self.isUp = isUp
        self.detail = detail
        return isNews
    }
}
