/// The state of a connection as a watchdog sees it: taken without any lock of libnats, so that it
/// answers while the library itself hangs.
package struct ConnectionHealth: Sendable, Equatable {
    /// Whether the last event was a connection, not a loss.
    package var isConnected: Bool
    /// Time since the connection was lost; 0 while connected.
    package var disconnectedForMilliseconds: Int
    /// Whether libnats' attempt to reconnect has stopped going round: it hangs in one attempt (a
    /// peer that sends INFO and then nothing makes it spin with its lock held), every call on
    /// this connection will block, and only a new process helps. A server that is simply away does
    /// not count.
    package var isWedged: Bool
    /// Whether libnats has given up for good: the server refused the user twice, or ended the
    /// connection with an error. Another connection may succeed.
    package var isClosed: Bool

    package init(
        isConnected: Bool,
        disconnectedForMilliseconds: Int,
        isWedged: Bool,
        isClosed: Bool = false
    ) {
        self.isConnected = isConnected
        self.disconnectedForMilliseconds = disconnectedForMilliseconds
        self.isWedged = isWedged
        self.isClosed = isClosed
    }
}
