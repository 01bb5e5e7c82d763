import CAllocator
import Glibc
import Threading

/// What every long-running executable does first and last.
package enum ProcessMain {
    /// Takes signals over and tames the allocator before any other thread exists, then runs `body`
    /// on Swift's own threads and exits with what it returns. Call from a synchronous `main`: an
    /// asynchronous one may already be on another thread, and a signal would find one that does not
    /// block it.
    package static func run(_ body: @escaping @Sendable () async -> Int32) -> Never {
        TerminationSignals.takeOver()
        // One arena per thread costs megabytes that the 25 MiB of a pod do not have.
        mallopt(M_ARENA_MAX, mallocArenas)
        let status = Monitor<Int32?>(nil)
        Task {
            let result = await body()
            status.update { $0 = result }
        }
        exit(status.wait { result in result.map { .done($0) } ?? .wait })
    }

    private static let mallocArenas: Int32 = 2
}
