package import ServiceKit
import Synchronization
package import Telemetry

/// How a process is: live while its own loops turn, whatever its servers do; ready while all its
/// conditions are met and it is not about to end. Any thread may tell and ask.
package final class Health: Sendable {
    /// Conditions of one process.
    package static let conditionsMax = 32
    /// Characters of a reason that are told.
    package static let reasonCharactersMax = 200

    private struct Condition {
        let name: String
        let problem: @Sendable () -> String?
    }

    private struct State {
        var conditions: [Condition] = []
        var isDraining = false
    }

    private let overdue: @Sendable () -> [String]
    private let state = Mutex(State())

    /// - Parameter overdueLoops: the names of loops that should have turned and did not. Must not
    ///   block.
    package init(overdueLoops: @escaping @Sendable () -> [String] = { [] }) {
        overdue = overdueLoops
    }

    /// Live while no loop of the watchdog is overdue.
    package convenience init(watchdog: Watchdog) {
        self.init { watchdog.overdue(at: .now) }
    }

    /// Adds a condition that is told; it is not met at first.
    package func condition(
        _ name: String,
        reason: String = "not known yet"
    ) -> HealthCondition {
        let condition = HealthCondition(reason: reason)
        self.condition(name) { condition.problem }
        return condition
    }

    /// Adds a condition that is asked each time.
    ///
    /// - Parameter problem: why it is not met, nil when it is. Must not block: the server that asks
    ///   does nothing else meanwhile.
    package func condition(_ name: String, problem: @escaping @Sendable () -> String?) {
        state.withLock { state in
            precondition(
                state.conditions.count < Self.conditionsMax
                    && !state.conditions.contains { $0.name == name },
                "the condition \(name) is there already, or one too many"
            )
            state.conditions.append(Condition(name: name, problem: problem))
        }
    }

    /// From now on the process is not ready: it ends, and takes nothing new.
    package func drain() { state.withLock { $0.isDraining = true } }

    package var isDraining: Bool { state.withLock { $0.isDraining } }

    /// Names of the loops that should have turned and did not.
    package var overdueLoops: [String] { overdue() }

    package var isLive: Bool { overdue().isEmpty }

    /// The conditions, in the order in which they were added, and why one is not met; nil when it
    /// is.
    package var conditions: [(name: String, problem: String?)] {
        state.withLock { $0.conditions }.map { condition in
            (
                condition.name,
                condition.problem().map { String($0.prefix(Self.reasonCharactersMax)) }
            )
        }
    }

    package var isReady: Bool { !isDraining && conditions.allSatisfy { $0.problem == nil } }

    /// Adds `betting_live`, `betting_ready` and `betting_readiness_condition`.
    package func register(in metrics: Metrics) {
        metrics.collect { [self] writer in
            let conditions = conditions
            let isReady = !isDraining && conditions.allSatisfy { $0.problem == nil }
            writer.family("betting_live", .gauge, "1 while the process's own loops turn.")
            writer.sample(isLive ? 1 : 0)
            writer.family("betting_ready", .gauge, "1 while the process takes work.")
            writer.sample(isReady ? 1 : 0)
            writer.family(
                "betting_readiness_condition",
                .gauge,
                "1 for each condition of readiness that is met."
            )
            for (name, problem) in conditions {
                writer.sample(problem == nil ? 1 : 0, labels: [("condition", name)])
            }
        }
    }
}
