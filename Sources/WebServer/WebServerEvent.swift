/// What an operator may want to read about. Told on the server's thread; a handler returns at once.
package enum WebServerEvent: Sendable, Equatable {
    /// libwebsockets reported an error, in its own words.
    case libraryError(String)
    /// A WebSocket client did not keep up and was closed with 1013.
    case slowClientClosed(path: String, address: String)
    /// A limit on connections was reached; told at most once in ten seconds.
    case connectionsRefused(address: String, openConnections: Int)
    /// The event loop ended although nobody asked it to. Nothing is served any more.
    case loopFailed
}
