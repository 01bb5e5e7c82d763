/// What happened to a connection, told on libnats' callback thread, one at a time, in order.
package enum ConnectionEvent: Sendable, Equatable {
    /// The connection broke; libnats tries to get it back for ever, unless it is for deliveries.
    case disconnected
    /// A server took the connection again; subscriptions are in place.
    case reconnected(server: String)
    /// The connection is gone for good; this is its last event.
    case closed
    /// The server refused a subject. A denied publish shows nowhere else, so this is a reason to
    /// stop. The text is the server's.
    case permissionViolation(String)
    /// A subscription took messages more slowly than they came: some were dropped.
    case slowConsumer(subject: String)
    /// The server told its clients to go elsewhere before it stops.
    case lameDuck
    /// Anything else libnats reported.
    case asyncError(String)
}
