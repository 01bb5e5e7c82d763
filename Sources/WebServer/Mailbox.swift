import CWebSockets
import Synchronization

/// The only way from other threads to the event loop: a queue, and libwebsockets' wake-up call.
final class Mailbox: Sendable {
    enum Command: Sendable {
        case respond(connection: UInt64, exchange: UInt64, HTTPResponse)
        /// A hub has a newer frame.
        case broadcast(hub: Int)
        case send(client: UInt64, frame: [UInt8])
        case close(client: UInt64, CloseCode, reason: String)
        case stopAccepting
        case shutDown(milliseconds: Int)
    }

    /// Whom to wake. `@unchecked Sendable`: libwebsockets allows this one call from any thread.
    @safe struct Sleeper: @unchecked Sendable {
        let context: OpaquePointer

        func wake() { unsafe lws_cancel_service(context) }
    }

    private struct State {
        var commands: [Command] = []
        /// Nil before the loop has a context and after it gave it up.
        var sleeper: Sleeper?
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Answers are bounded by the connections, broadcasts by the hubs; messages by this.
    private static let messagesMax = 20_000

    /// From now on posts wake the loop. It calls `close` before it destroys its context.
    func open(_ sleeper: Sleeper) {
        state.withLock { state in
            state.sleeper = sleeper
            if !state.commands.isEmpty { sleeper.wake() }
        }
    }

    /// Everything posted from now on is dropped.
    func close() {
        state.withLock { state in
            state.sleeper = nil
            state.isClosed = true
            state.commands = []
        }
    }

    /// Returns whether the loop will see the command: not after it ended, and not a message when
    /// too many wait already.
    @discardableResult
    func post(_ command: Command) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            if case .send = command, state.commands.count >= Self.messagesMax { return false }
            state.commands.append(command)
            if state.commands.count == 1 { state.sleeper?.wake() }
            return true
        }
    }

    /// Makes the loop turn once.
    func wake() {
        state.withLock { $0.sleeper?.wake() }
    }

    func take() -> [Command] {
        state.withLock { state in
            let commands = state.commands
            state.commands = []
            return commands
        }
    }
}
