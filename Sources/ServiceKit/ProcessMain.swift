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
        tameAllocator()
        let status = Monitor<Int32?>(nil)
        Task {
            let result = await body()
            status.update { $0 = result }
        }
        exit(status.wait { result in result.map { .done($0) } ?? .wait })
    }

    /// glibc's defaults keep what was freed, for speed: an arena a thread, and blocks of megabytes
    /// in the heap once one of that size was freed. The 25 MiB of a pod have no room for that:
    /// with these, draining a full stream peaks 2 MiB lower, and is no slower.
    private static func tameAllocator() {
        mallopt(M_ARENA_MAX, 2)
        mallopt(M_MMAP_THRESHOLD, largeBlockBytes)
        mallopt(M_TRIM_THRESHOLD, largeBlockBytes)
    }

    private static let largeBlockBytes: Int32 = 64 << 10
}
