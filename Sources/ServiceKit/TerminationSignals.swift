import Glibc
import Threading

/// SIGTERM and SIGINT as something to wait for, and SIGPIPE as an error code of `write`.
package enum TerminationSignals {
    /// Blocks the signals in the calling thread and all threads it starts later, and ignores
    /// SIGPIPE (hiredis writes with plain `write`). Call first in `main`, before any thread exists.
    package static func takeOver() {
        _ = signal(SIGPIPE, SIG_IGN)
        var set = sigset_t()
        fill(&set)
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Returns the number of the first signal that arrives, on a thread of its own.
    package static func first() async throws -> Int32 {
        try await BlockingThread.run("signals") { wait() }
    }

    /// Blocks the calling thread until SIGTERM or SIGINT arrives.
    package static func wait() -> Int32 {
        var set = sigset_t()
        fill(&set)
        var number: Int32 = 0
        while unsafe sigwait(&set, &number) != 0 {}
        return number
    }

    private static func fill(_ set: inout sigset_t) {
        unsafe sigemptyset(&set)
        unsafe sigaddset(&set, SIGTERM)
        unsafe sigaddset(&set, SIGINT)
    }
}
