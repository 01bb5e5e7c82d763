import CWebSockets
import Synchronization

/// Errors of libwebsockets, which logs per process, not per server: every server gets them all.
enum LibraryLog {
    private struct Listeners {
        var handlers: [(id: Int, handler: @Sendable (String) -> Void)] = []
        var lastID = 0
        var isInstalled = false
    }

    private static let listeners = Mutex(Listeners())

    static func add(_ handler: @escaping @Sendable (String) -> Void) -> Int {
        listeners.withLock { listeners in
            if !listeners.isInstalled {
                listeners.isInstalled = true
                unsafe lws_set_log_level(LLL_ERR) { _, line in
                    guard let line = unsafe line else { return }
                    LibraryLog.tell(unsafe String(cString: line))
                }
            }
            listeners.lastID += 1
            listeners.handlers.append((id: listeners.lastID, handler: handler))
            return listeners.lastID
        }
    }

    static func remove(_ id: Int) {
        listeners.withLock { listeners in listeners.handlers.removeAll { $0.id == id } }
    }

    private static func tell(_ line: String) {
        let text = String(line.split(separator: "\n").first ?? "")
        for (_, handler) in listeners.withLock({ $0.handlers }) { handler(text) }
    }
}
