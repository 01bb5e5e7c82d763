package import Telemetry
package import WebServer

/// The metrics of a process's HTTP server.
package enum WebServerMetrics {
    /// Adds them.
    ///
    /// - Parameters:
    ///   - withWebSockets: for a server with a hub.
    ///   - statistics: asked each time, must not block: `{ server.statistics }`.
    package static func register(
        in metrics: Metrics,
        withWebSockets: Bool = false,
        statistics: @escaping @Sendable () -> WebServerStatistics
    ) {
        metrics.collect { writer in
            let now = statistics()
            write(now, &writer)
            if withWebSockets { writeWebSockets(now, &writer) }
        }
    }

    private static func write(_ now: WebServerStatistics, _ writer: inout MetricsWriter) {
        writer.family(
            "betting_http_requests_total",
            .counter,
            "Answered requests by class of status."
        )
        let answers: KeyValuePairs = [
            "2xx": now.responses2xx, "3xx": now.responses3xx, "4xx": now.responses4xx,
            "5xx": now.responses5xx,
        ]
        for (statusClass, count) in answers {
            writer.sample(count, labels: [("status_class", statusClass)])
        }
        writer.family("betting_http_connections_open", .gauge, "Open connections.")
        writer.sample(now.connectionsOpen)
        writeCounters(
            [
                "http_connections": ("Connections taken.", now.connectionsTotal),
                "http_connections_refused": (
                    "Connections turned away at a limit.", now.connectionsRefused
                ),
                "http_hostile_inputs": (
                    "Clients refused or closed for what they sent.", now.hostileInputs
                ),
                "http_received_bytes": ("Bytes read from clients.", now.bytesReceived),
                "http_sent_bytes": ("Bytes written to clients.", now.bytesSent),
            ],
            &writer
        )
    }

    private static func writeWebSockets(
        _ now: WebServerStatistics,
        _ writer: inout MetricsWriter
    ) {
        writeCounters(
            [
                "websockets": ("WebSockets that were opened.", now.webSocketsTotal),
                "websocket_frames_sent": ("Frames written, one a client.", now.framesSent),
                "websocket_frames_received": ("Frames that clients sent.", now.framesReceived),
                "websocket_frames_replaced": (
                    "Frames spared a slow client for a newer one.", now.framesReplaced
                ),
                "websocket_slow_closed": ("Clients closed with 1013.", now.slowClientsClosed),
            ],
            &writer
        )
    }

    /// - Parameter counters: names without `betting_` and `_total`.
    private static func writeCounters(
        _ counters: KeyValuePairs<String, (help: String, count: Int)>,
        _ writer: inout MetricsWriter
    ) {
        for (name, counter) in counters {
            writer.family("betting_\(name)_total", .counter, counter.help)
            writer.sample(counter.count)
        }
    }
}
