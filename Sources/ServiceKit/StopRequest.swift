import Glibc
import Synchronization
package import Telemetry
import Threading

/// SIGTERM and SIGINT from the first moment of a process: before there is anything to shut down
/// they end it at once, afterwards they shut it down in order and within a limit. A second signal
/// ends it at once.
package final class StopRequest: Sendable {
    private struct State {
        var wasAsked = false
        var call: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// Needs `TerminationSignals.takeOver`, which `ProcessMain` calls.
    package init(logger: Logger, limit: Duration) {
        BlockingThread.start("signals") { [self] in
            let signal = TerminationSignals.wait()
            logger.info("asked to stop", ["signal": signal])
            ExitGuard.arm(after: limit, logger: logger)
            let call = state.withLock { state in
                state.wasAsked = true
                return state.call
            }
            guard let call else { exit(EX_OK) }
            call()
            _ = TerminationSignals.wait()
            _exit(130)
        }
    }

    /// From now on a signal calls this instead of ending the process.
    package func callWhenAsked(_ call: @escaping @Sendable () -> Void) {
        state.withLock { $0.call = call }
    }
}
