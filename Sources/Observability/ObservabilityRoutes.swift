package import Telemetry
package import WebServer

/// The endpoints every process has: `/metrics`, `/livez`, `/readyz`.
///
/// They answer on the server's own thread, so that they answer only while it turns, and read
/// nothing but this process's memory and `/proc`.
package enum ObservabilityRoutes {
    package static func routes(metrics: Metrics, health: Health) -> [HTTPRoute] {
        [
            HTTPRoute(.get, "/metrics", .immediate { _ in answer(metrics: metrics) }),
            HTTPRoute(.get, "/livez", .immediate { _ in answer(live: health) }),
            HTTPRoute(.get, "/readyz", .immediate { _ in answer(ready: health) }),
        ]
    }

    /// Everything the process measures, for Prometheus.
    static func answer(metrics: Metrics) -> HTTPResponse {
        HTTPResponse(contentType: Metrics.contentType, body: metrics.expositionBytes())
    }

    /// 200 `ok`; 503 and the names of the loops that do not turn: only a restart helps. Never
    /// depends on a server, whose restart it would not speed up.
    static func answer(live health: Health) -> HTTPResponse {
        let overdue = health.overdueLoops
        guard overdue.isEmpty else {
            return .text("overdue: \(overdue.joined(separator: ", "))\n", status: 503)
        }
        return .text("ok\n")
    }

    /// 200 or 503, and why:
    /// `{"status":"ready","conditions":[{"name":"nats","ok":true}]}`. The status is `ready`,
    /// `not_ready` or `draining`; a condition that is not met has a `reason`.
    static func answer(ready health: Health) -> HTTPResponse {
        let conditions = health.conditions
        let isMet = conditions.allSatisfy { $0.problem == nil }
        let isDraining = health.isDraining
        var json = JSONWriter()
        json.beginObject()
        json.field("status", isDraining ? "draining" : isMet ? "ready" : "not_ready")
        json.beginArray("conditions")
        for (name, problem) in conditions {
            json.beginObject()
            json.field("name", name)
            json.field("ok", problem == nil)
            if let problem { json.field("reason", problem) }
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return .json(json.text, status: isMet && !isDraining ? 200 : 503)
    }
}
