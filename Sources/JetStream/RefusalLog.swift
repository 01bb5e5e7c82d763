import Synchronization

/// What the server refused on one connection. It tells that aside, not as the answer: a call that
/// waited in vain looks here for the reason.
final class RefusalLog: Sendable {
    private struct State {
        var count = 0
        /// The newest texts, oldest first.
        var texts: [String] = []
        /// Why no answer can come at all: the subject of this connection's answers was refused.
        var inbox: String?
    }

    /// Calls under way at the same time see each other's refusals.
    private static let textsMax = 32

    private let inboxPrefix: String
    private let state = Mutex(State())

    init(inboxPrefix: String) {
        self.inboxPrefix = inboxPrefix
    }

    /// A place in time, for `reason`.
    var mark: Int { state.withLock { $0.count } }

    /// Notes the server's words, which quote the subject.
    func note(_ text: String) {
        state.withLock { state in
            state.count += 1
            if state.texts.count == Self.textsMax { state.texts.removeFirst() }
            state.texts.append(text)
            if Self.names(text, inboxPrefix + "."), text.contains("Subscription") {
                state.inbox = text
            }
        }
    }

    /// The server's words about a subject that begins like this, since the mark; or those about the
    /// subject of all answers.
    func reason(since mark: Int, subject: String) -> String? {
        state.withLock { state in
            let new = state.texts.suffix(min(max(state.count - mark, 0), state.texts.count))
            return new.last { Self.names($0, subject) } ?? state.inbox
        }
    }

    private static func names(_ text: String, _ subject: String) -> Bool {
        text.contains("\"" + subject)
    }
}
