import Foundation
import Synchronization

/// Waits for a child on a thread of its own, from the moment it is there: a child that has ended and
/// that nobody asks about would stay a zombie, on which Swift Testing's own wait for the processes
/// of exit tests spins for ever.
final class ChildReaper: Sendable {
    private let status = Mutex<Int32?>(nil)

    init(_ pid: pid_t) {
        Thread.detachNewThread { [self] in
            var raw: Int32 = 0
            while unsafe waitpid(pid, &raw, 0) == -1 && errno == EINTR {}
            let ended = raw & 0x7f == 0 ? (raw >> 8) & 0xff : 128 + (raw & 0x7f)
            status.withLock { $0 = ended }
        }
    }

    /// The exit status (128 + signal if killed), nil while the process runs.
    var exitStatus: Int32? { status.withLock { $0 } }
}
