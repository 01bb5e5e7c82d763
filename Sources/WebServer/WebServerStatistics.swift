import Synchronization

/// Counters of one server since its start, for its process's metrics.
package struct WebServerStatistics: Sendable, Equatable {
    /// Open at this moment, WebSockets too.
    package var connectionsOpen = 0
    /// Accepted so far, those turned away too.
    package var connectionsTotal = 0
    /// Turned away at a limit on connections.
    package var connectionsRefused = 0
    /// Answers by class: 2xx, 3xx, 4xx, 5xx. The 101 of an upgrade is in `webSocketsTotal`.
    package var responses2xx = 0
    package var responses3xx = 0
    package var responses4xx = 0
    package var responses5xx = 0
    package var webSocketsOpen = 0
    package var webSocketsTotal = 0
    package var framesSent = 0
    package var framesReceived = 0
    /// Frames a client never got because a newer one came before it could take them.
    package var framesReplaced = 0
    /// WebSocket clients closed with 1013.
    package var slowClientsClosed = 0
    /// Connections and upgrades refused or closed for what the client did: 4xx before a handler
    /// saw the request, 403 for an Origin, a close with 1002, 1003, 1007, 1008 or 1009.
    package var hostileInputs = 0
    package var bytesSent = 0
    package var bytesReceived = 0
}

/// The counters behind `WebServerStatistics`: written by the loop, read by any thread.
final class Counters: Sendable {
    let connectionsOpen = Atomic(0)
    let connectionsTotal = Atomic(0)
    let connectionsRefused = Atomic(0)
    let responses2xx = Atomic(0)
    let responses3xx = Atomic(0)
    let responses4xx = Atomic(0)
    let responses5xx = Atomic(0)
    let webSocketsOpen = Atomic(0)
    let webSocketsTotal = Atomic(0)
    let framesSent = Atomic(0)
    let framesReceived = Atomic(0)
    let framesReplaced = Atomic(0)
    let slowClientsClosed = Atomic(0)
    let hostileInputs = Atomic(0)
    let bytesSent = Atomic(0)
    let bytesReceived = Atomic(0)

    var snapshot: WebServerStatistics {
        WebServerStatistics(
            connectionsOpen: connectionsOpen.current,
            connectionsTotal: connectionsTotal.current,
            connectionsRefused: connectionsRefused.current,
            responses2xx: responses2xx.current,
            responses3xx: responses3xx.current,
            responses4xx: responses4xx.current,
            responses5xx: responses5xx.current,
            webSocketsOpen: webSocketsOpen.current,
            webSocketsTotal: webSocketsTotal.current,
            framesSent: framesSent.current,
            framesReceived: framesReceived.current,
            framesReplaced: framesReplaced.current,
            slowClientsClosed: slowClientsClosed.current,
            hostileInputs: hostileInputs.current,
            bytesSent: bytesSent.current,
            bytesReceived: bytesReceived.current
        )
    }

    func countResponse(status: Int) {
        switch status {
        case 500...: responses5xx.count()
        case 400...: responses4xx.count()
        case 300...: responses3xx.count()
        default: responses2xx.count()
        }
    }
}

extension Atomic where Value == Int {
    /// Nothing is ordered by a counter.
    func count(_ amount: Int = 1) { add(amount, ordering: .relaxed) }

    var current: Int { load(ordering: .relaxed) }
}
