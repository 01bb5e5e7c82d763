import Telemetry
import WebServer

/// What a process's HTTP server tells, under the names of docs/METRICS.md.
enum HTTPFigures {
    static func write(_ statistics: WebServerStatistics, to writer: inout MetricsWriter) {
        writer.family("betting_http_requests_total", .counter, "Answered requests by status.")
        let answers = [
            ("2xx", statistics.responses2xx), ("3xx", statistics.responses3xx),
            ("4xx", statistics.responses4xx), ("5xx", statistics.responses5xx),
        ]
        for (status, count) in answers { writer.sample(count, labels: [("status_class", status)]) }
        writer.gauge(
            "betting_http_connections",
            "Open HTTP connections, sockets included.",
            Double(statistics.connectionsOpen)
        )
        writer.counter(
            "betting_http_connections_refused_total",
            "Turned away because the limit was reached.",
            statistics.connectionsRefused
        )
    }
}
