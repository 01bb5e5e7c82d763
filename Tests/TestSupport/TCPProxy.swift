import Foundation
import Synchronization

/// A stretch of network between programs and a server on 127.0.0.1, which a test can make bad.
/// One thread of its own moves the bytes; it ends with the object, and every connection with it.
package final class TCPProxy: Sendable {
    /// What the network does with bytes.
    package enum Condition: Sendable, Hashable {
        case open
        /// Nothing arrives in either direction and nobody is told. New connections come about and
        /// stay mute. What waited arrives when it is open again.
        case silent
        /// The server hears the programs, and they hear nothing; their connections are reset when
        /// this ends.
        case mute
        /// Every piece arrives so much later, in each direction.
        case delayed(milliseconds: Int)
        /// Every connection is reset, and new ones at once.
        case cut
    }

    struct State {
        var condition = Condition.open
        var connectionCount = 0
        var isClosed = false
    }

    /// What the thread shares with its owner.
    final class Control: Sendable {
        let state = Mutex(State())
    }

    /// Where programs connect to.
    package let port: Int

    private let control = Control()

    /// Listens at once.
    ///
    /// - Parameter target: the server's port.
    package init(to target: Int) throws {
        let listener = try LoopbackSocket.listening()
        port = try listener.port
        Thread.detachNewThread { [control] in
            var relay = TCPRelay(listener, to: target)
            while true {
                let state = control.state.withLock { $0 }
                guard !state.isClosed else { break }
                relay.turn(state.condition)
                control.state.withLock { $0.connectionCount = relay.pairs.count }
            }
            relay.close()
        }
    }

    deinit { control.state.withLock { $0.isClosed = true } }

    /// What the network does from now on.
    package var condition: Condition {
        get { control.state.withLock { $0.condition } }
        set { control.state.withLock { $0.condition = newValue } }
    }

    /// Connections there are now.
    package var connectionCount: Int { control.state.withLock { $0.connectionCount } }
}
