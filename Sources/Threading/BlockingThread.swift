import Glibc
import Synchronization

/// Runs blocking work on a thread of its own, so that a C call that waits never occupies one of the
/// few threads Swift's tasks share.
package enum BlockingThread {
    /// Runs `body` on a new thread and returns or rethrows what it does. Cancelling the task does
    /// not end the thread: `body` must watch a stop flag of its own.
    ///
    /// - Parameter name: shown by `ps -L`, `perf` and debuggers; at most 15 bytes are kept.
    package static func run<Result: Sendable>(
        _ name: String,
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            start(name) {
                do {
                    continuation.resume(returning: try body())
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
    }

    /// Starts a detached thread that runs `body` once.
    package static func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        unsafe pthread_attr_setstacksize(&attributes, stackBytes)
        let job = unsafe Unmanaged.passRetained(Job(name: name, body: body)).toOpaque()
        var thread = pthread_t()
        let failure = unsafe pthread_create(&thread, &attributes, runJob, job)
        unsafe pthread_attr_destroy(&attributes)
        precondition(failure == 0, "no thread for \(name): error \(failure)")
    }

    /// Blocks the calling thread for a while.
    package static func pause(for time: Duration) {
        let (seconds, attoseconds) = max(time, .zero).components
        var left = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        while true {
            var rest = timespec()
            guard unsafe nanosleep(&left, &rest) != 0, errno == EINTR else { return }
            left = rest
        }
    }

    /// Address space only; pages that are not touched cost nothing.
    private static let stackBytes = 512 * 1024
}

private final class Job: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

private func runJob(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument = unsafe argument else { return nil }
    let job = unsafe Unmanaged<Job>.fromOpaque(argument).takeRetainedValue()
    nameThread(job.name)
    job.body()
    return nil
}

/// Linux shows a thread's name through a file; glibc's own call needs a GNU-only declaration.
private func nameThread(_ name: String) {
    let file = unsafe open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    var text = String(name.prefix(15))
    text.withUTF8 { bytes in _ = unsafe write(file, bytes.baseAddress, bytes.count) }
    close(file)
}
