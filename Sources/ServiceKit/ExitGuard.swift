import Glibc
package import Telemetry
import Threading

/// Ends the process when shutting down takes longer than whoever asked for it will wait.
package enum ExitGuard {
    /// Exits after `limit`: what was not finished is left to others by design.
    ///
    /// - Parameter status: 0 where somebody asked for the shutdown.
    package static func arm(after limit: Duration, status: Int32 = 0, logger: Logger) {
        BlockingThread.start("exit-guard") {
            BlockingThread.pause(for: limit)
            logger.warning("shutting down took too long; what was in hand is delivered again")
            _exit(status)
        }
    }
}
