import Synchronization

/// Keys of requests that are being worked on in this process.
final class InHand: Sendable {
    private let keys = Mutex<Set<String>>([])

    /// - Returns: false when the key is there already.
    func begin(_ key: String) -> Bool { keys.withLock { $0.insert(key).inserted } }

    func end(_ key: String) { keys.withLock { _ = $0.remove(key) } }
}
