import Synchronization
import Threading

/// An HTTP/1.1 and WebSocket server on one thread of its own, for services and people's dashboards.
///
/// It listens from the moment it is made; `start` begins to answer. Handlers run on its thread (see
/// `HTTPRoute.Handler`). What a client may do is bounded by `WebServerLimits`; what is refused:
///
/// | input | answer |
/// |---|---|
/// | not HTTP/1.1, two lengths, a length and a transfer coding, no Host, a bare line feed | 400 |
/// | headers over the limit / a line over it | 431 / 414 |
/// | a body over the limit / in chunks | 413 / 411 |
/// | headers or body too slow | 408 |
/// | a method a path does not have, or nobody | 405 with Allow |
/// | a WebSocket from a foreign Origin | 403 |
/// | frames unmasked, broken, in endless fragments | close 1002 |
/// | a message too big / too many a minute / binary / no UTF-8 | close 1009 / 1008 / 1003 / 1007 |
/// | a client that takes nothing while frames wait | close 1013 |
///
/// Closed without an answer: a connection on which nothing came, an idle one, a peer that answers
/// no ping, one that does not take a response. Neither HTTP/2 nor compression is spoken.
package final class WebServer: Sendable {
    private enum Stage {
        case made
        case running
        case ended
    }

    private let loop: EventLoop
    private let stage = Monitor(Stage.made)

    /// The port it listens on.
    package let port: Int

    /// Makes the server and listens.
    ///
    /// - Parameters:
    ///   - hubs: one per path; a hub belongs to one server.
    ///   - files: answer what no route and no hub does.
    ///   - onEvent: called on the server's thread, before `start` on the caller's.
    ///   - onTurn: called ten times a second by the loop, for a watchdog.
    /// - Throws: `portTaken`, `cannotListen`, `invalid`, `library`.
    package init(
        _ configuration: WebServerConfiguration,
        routes: [HTTPRoute],
        hubs: [WebSocketHub] = [],
        files: StaticFiles? = nil,
        onEvent: @escaping @Sendable (WebServerEvent) -> Void = { _ in },
        onTurn: @escaping @Sendable () -> Void = {}
    ) throws(WebServerError) {
        guard Set(hubs.map(\.path)).count == hubs.count else {
            throw .invalid("two hubs have the same path")
        }
        let site = Site(
            routes: try RouteTable(routes),
            hubs: hubs,
            files: files,
            origins: configuration.allowedOrigins,
            encoder: ResponseEncoder(
                serverName: configuration.serverName,
                contentSecurityPolicy: configuration.contentSecurityPolicy,
                failureWriter: configuration.failureWriter
            ),
            limits: configuration.limits
        )
        try configuration.encryption?.check()
        let (descriptor, port) = try ListeningSocket.open(
            address: configuration.address,
            port: configuration.port
        )
        self.port = port
        loop = try EventLoop(
            site: site,
            listener: descriptor,
            encryption: configuration.encryption,
            onEvent: onEvent,
            onTurn: onTurn
        )
        for (index, hub) in hubs.enumerated() { try hub.attach(loop.mailbox, index: index) }
    }

    deinit { shutDown(timeoutMilliseconds: 0) }

    /// Starts the thread "web". Calling it again does nothing.
    package func start() {
        let isFirst = stage.update { stage in
            guard stage == .made else { return false }
            stage = .running
            return true
        }
        guard isFirst else { return }
        BlockingThread.start("web") { [loop, stage] in
            loop.run()
            stage.update { $0 = .ended }
        }
    }

    package var statistics: WebServerStatistics { loop.counters.snapshot }

    /// How long ago the loop last turned. It does ten times a second when all is well; a handler that
    /// blocks shows here.
    package var lastLoopAge: Duration {
        let turnedAt = loop.turnedAt.load(ordering: .relaxed)
        return .milliseconds(max(0, MonotonicClock.milliseconds() - turnedAt))
    }

    /// Closes the listening socket. What is connected goes on: an HTTP connection has one more answer,
    /// with "Connection: close".
    package func stopAccepting() {
        loop.mailbox.post(.stopAccepting)
    }

    /// Closes WebSockets with 1001, lets requests in hand be answered, drops what is left when the
    /// time is over, and returns when the thread has ended. Not from a handler.
    package func shutDown(timeoutMilliseconds: Int) {
        let wasMade = stage.update { stage in
            guard stage == .made else { return false }
            stage = .ended
            return true
        }
        guard !wasMade else { return loop.end() }
        loop.mailbox.post(.shutDown(milliseconds: timeoutMilliseconds))
        stage.wait(atMost: nil) { $0 == .ended ? () : nil }
    }
}
