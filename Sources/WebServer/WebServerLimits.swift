/// Everything a client could make the server spend, bounded. Times are in milliseconds.
package struct WebServerLimits: Sendable {
    /// Connections at once; one more is answered 503 and closed.
    package var connectionsMax = 256
    /// Connections at once from one address; one more is answered 503 and closed. Behind a proxy
    /// everybody has the proxy's address.
    package var connectionsPerAddressMax = 128
    /// Request line and headers together. More is answered 431, or 414 when the line itself is it.
    package var headerBytesMax = 8 * 1024
    package var headerLinesMax = 100
    /// More is answered 413 before the body is read.
    package var bodyBytesMax = 16 * 1024
    /// A message from a WebSocket client, all its fragments together. More is closed with 1009.
    package var frameBytesMax = 64 * 1024
    /// Frames of one message. More is closed with 1002.
    package var fragmentsMax = 64
    /// Messages and pings from one WebSocket client within a minute. More is closed with 1008.
    package var messagesPerMinuteMax = 100
    /// Messages of `WebSocketHub.send` that wait for one client. One more closes it with 1013.
    package var queuedMessagesMax = 64
    /// The kernel's buffer for what a client has not taken. It bounds the memory behind a client
    /// that stops reading, and how old a frame is when a slow one gets it. The kernel doubles it.
    package var sendBufferBytes = 64 * 1024

    /// From the first byte of a request, or from the connection's begin, to the end of its headers;
    /// then 408, or nothing where not a byte came.
    package var headerMilliseconds = 10_000
    /// From there to the end of the body; then 408.
    package var bodyMilliseconds = 30_000
    /// Between two requests on one connection.
    package var idleMilliseconds = 60_000
    /// Without any progress in taking a response; the connection is dropped then.
    package var writeMilliseconds = 30_000
    /// Until a deferred handler must have answered; then 503. A route can have its own.
    package var answerMilliseconds = 35_000
    /// Without a sign of a WebSocket client, until it is pinged.
    package var pingMilliseconds = 20_000
    /// Without a sign of a WebSocket client, until it counts as gone.
    package var silenceMilliseconds = 40_000
    /// Until a WebSocket client must have taken a frame that newer ones wait behind; then 1013.
    package var slowClientMilliseconds = 10_000
    /// For a peer to take the last bytes and close its side.
    package var closeMilliseconds = 2_000

    package init() {}
}
