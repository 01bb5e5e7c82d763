package import PostgresClient

/// Whether Postgres has room for all of the engine at once (docs/OPERATIONS.md, "Sizing").
package struct ConnectionBudget: Sendable, Equatable {
    /// Sessions of one backend: storing, odds, watching.
    package static let perBackend = 3
    /// As many backends as the shipped autoscaler starts.
    package static let backendsMaxDefault = 5
    /// What begins the `application_name` of a backend's sessions; its pod's name follows.
    package static let backendPrefix = "backend "

    /// The one that keeps the stream has a session more.
    private static let upkeep = 1
    /// Two aggregators and a `betctl`.
    private static let othersMin = 3

    /// Sessions that the engine may have.
    package let available: Int
    /// Sessions that nobody has now.
    package let free: Int
    /// Backends that are reckoned with: as many as there may be, or as run already.
    package let backends: Int
    /// Sessions of everything else.
    package let others: Int

    /// - Parameter backendsMax: how many backends there may be at the same time.
    package init(_ limits: ConnectionLimits, backendsMax: Int) {
        let names = limits.applications
        let running = Set(names.filter { $0.hasPrefix(Self.backendPrefix) }).count
        available = limits.available
        free = limits.free
        backends = max(backendsMax, running)
        others = max(names.count { !$0.hasPrefix(Self.backendPrefix) }, Self.othersMin)
    }

    /// Sessions for all of them.
    package var needed: Int { backends * Self.perBackend + Self.upkeep + others }

    /// How many backends there is room for.
    package var backendsPossible: Int {
        max((available - Self.upkeep - others) / Self.perBackend, 0)
    }

    /// What is wrong, for a log or an operator; nil while there is room.
    package var shortage: String? {
        guard needed > available else { return nil }
        return "Postgres has \(available) connections for the engine; \(backends) backends, "
            + "aggregators and betctl need \(needed). There is room for \(backendsPossible) "
            + "backends: raise max_connections, or lower BACKENDS_MAX and the autoscaler's maximum"
    }
}
