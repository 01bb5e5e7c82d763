import Synchronization

/// The clients of one WebSocket path. All calls are safe from any thread and never block for long.
///
/// A broadcast is a snapshot: each client gets the newest one it can take, so a slow client costs
/// one frame, not a queue. Text from clients goes to `onText`; without it, it is read and forgotten.
package final class WebSocketHub: Sendable {
    /// Names one client of one server, never used again.
    package typealias ClientID = UInt64

    /// What a service wants to hear of its clients. Called on the server's thread, where nothing
    /// else happens meanwhile: hand over and return.
    package struct Handlers: Sendable {
        package var onConnect: (@Sendable (ClientID, HTTPRequest) -> Void)?
        /// Complete messages, valid UTF-8, at most `frameBytesMax` long.
        package var onText: (@Sendable (ClientID, [UInt8]) -> Void)?
        package var onDisconnect: (@Sendable (ClientID) -> Void)?

        package init(
            onConnect: (@Sendable (ClientID, HTTPRequest) -> Void)? = nil,
            onText: (@Sendable (ClientID, [UInt8]) -> Void)? = nil,
            onDisconnect: (@Sendable (ClientID) -> Void)? = nil
        ) {
            self.onConnect = onConnect
            self.onText = onText
            self.onDisconnect = onDisconnect
        }
    }

    package let path: String
    let handlers: Handlers

    /// A frame ready to send, numbered in the order of broadcasts.
    struct Snapshot: Sendable {
        let number: UInt64
        let frame: [UInt8]
    }

    private struct State {
        var latest: Snapshot?
        var mailbox: Mailbox?
        var index = 0
        /// Whether the loop already knows that there is something newer.
        var isAnnounced = false
    }

    private let state = Mutex(State())
    let clients = Atomic(0)

    package init(path: String, handlers: Handlers = Handlers()) {
        self.path = path
        self.handlers = handlers
    }

    /// Clients connected at this moment.
    package var clientCount: Int { clients.load(ordering: .relaxed) }

    /// Sends a snapshot to everyone, and to whoever connects later, at once. A client that has not
    /// taken the last one gets only this one.
    ///
    /// - Parameter text: valid UTF-8.
    package func broadcast(_ text: [UInt8]) {
        let frame = WebSocketFrame.text(text)
        let announcement: (Mailbox, Int)? = state.withLock { state in
            state.latest = Snapshot(number: (state.latest?.number ?? 0) + 1, frame: frame)
            guard let mailbox = state.mailbox, !state.isAnnounced else { return nil }
            state.isAnnounced = true
            return (mailbox, state.index)
        }
        if let (mailbox, index) = announcement { mailbox.post(.broadcast(hub: index)) }
    }

    /// Sends one message to one client, after what was sent to it before.
    ///
    /// - Parameter text: valid UTF-8.
    /// - Returns: false when too many messages wait for the loop; the message is dropped then. A
    ///   client that has gone is no failure, one that takes nothing is closed with 1013.
    @discardableResult
    package func send(_ text: [UInt8], to client: ClientID) -> Bool {
        guard let mailbox = state.withLock({ $0.mailbox }) else { return true }
        return mailbox.post(.send(client: client, frame: WebSocketFrame.text(text)))
    }

    /// Closes one client's socket.
    ///
    /// - Parameter reason: for people; goes to the client.
    package func close(_ client: ClientID, code: CloseCode, reason: String = "") {
        let mailbox = state.withLock { $0.mailbox }
        mailbox?.post(.close(client: client, code, reason: reason))
    }

    /// - Throws: `invalid` when the hub already belongs to a server.
    func attach(_ mailbox: Mailbox, index: Int) throws(WebServerError) {
        let isFree = state.withLock { state in
            guard state.mailbox == nil else { return false }
            state.mailbox = mailbox
            state.index = index
            return true
        }
        guard isFree else { throw .invalid("the hub of \(path) belongs to another server") }
    }

    var latest: Snapshot? { state.withLock { $0.latest } }

    /// The loop looks at what was announced.
    func takeAnnounced() -> Snapshot? {
        state.withLock { state in
            state.isAnnounced = false
            return state.latest
        }
    }
}
