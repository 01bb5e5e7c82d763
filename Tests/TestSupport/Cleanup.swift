import Foundation
import Synchronization

/// Removes what the fixtures made when the test process ends by itself. The servers end in any
/// case: each hangs on a pipe of this process (see `ServerProcess`).
final class Cleanup: Sendable {
    static let shared = Cleanup()

    private let paths = Mutex<Set<String>>([])

    private init() {
        atexit { Cleanup.shared.run() }
    }

    func removeAtExit(_ path: String) {
        _ = paths.withLock { $0.insert(path) }
    }

    private func run() {
        for path in paths.withLock({ $0 }) {
            try? FileManager.default.removeItem(atPath: path)
        }
    }
}
