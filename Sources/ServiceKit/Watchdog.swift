import Glibc
import Synchronization
package import Telemetry
import Threading

/// Ends the process when a loop that must make progress does not, on a thread of its own: a client
/// library that spins or hangs (libnats 3.4.1 can, see docs/adr) takes its callers with it, and
/// only a restart helps.
package final class Watchdog: Sendable {
    /// What the process exits with, so that an operator can tell (EX_SOFTWARE).
    package static let exitStatus: Int32 = 70

    private struct Guarded {
        let name: String
        let limit: Duration
        /// Nil while the loop rests.
        var lastBeat: ContinuousClock.Instant?
    }

    private let logger: Logger
    private let guarded = Mutex<[Guarded]>([])

    package init(logger: Logger) {
        self.logger = logger
    }

    /// Registers a loop; it must call `beat` at least every `limit` from now on, unless it rests.
    ///
    /// - Returns: what to pass to `beat`.
    package func guardLoop(_ name: String, limit: Duration) -> Int {
        guarded.withLock {
            $0.append(Guarded(name: name, limit: limit, lastBeat: .now))
            return $0.count - 1
        }
    }

    /// The loop is alive.
    package func beat(_ loop: Int) {
        guarded.withLock { $0[loop].lastBeat = .now }
    }

    /// The loop waits for work, for as long as it takes; its next `beat` ends the rest.
    package func rest(_ loop: Int) {
        guarded.withLock { $0[loop].lastBeat = nil }
    }

    /// Names of the loops that are overdue at `now`.
    package func overdue(at now: ContinuousClock.Instant) -> [String] {
        guarded.withLock { loops in
            loops.filter { loop in
                loop.lastBeat.map { $0.duration(to: now) > loop.limit } ?? false
            }.map(\.name)
        }
    }

    /// Starts the watching thread. It looks once a second and never stops. A loop has to be overdue
    /// at two looks: after the whole process was frozen, each gets a second to show itself.
    package func start() {
        BlockingThread.start("watchdog") { [self] in
            var overdueBefore: Set<String> = []
            while true {
                sleep(1)
                let overdue = overdue(at: .now)
                let names = overdue.filter(overdueBefore.contains)
                overdueBefore = Set(overdue)
                guard names.isEmpty else {
                    logger.error(
                        "a loop made no progress; ending the process so that it is restarted",
                        ["loops": names.joined(separator: ",")]
                    )
                    _exit(Self.exitStatus)
                }
            }
        }
    }
}
