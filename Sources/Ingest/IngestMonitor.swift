package import Observability
import Synchronization
package import Telemetry
package import WebServer

/// What a backend shows of itself over HTTP: `/stats`, `/metrics`, `/livez` and `/readyz`. It is
/// there before the service is, so that a pod that waits for its servers can say so.
package final class IngestMonitor: Sendable {
    /// The parts of a running service that know the figures.
    struct Parts: Sendable {
        var counters: PodCounters
        var intake: Intake
        var membership: Membership
        var watch: ServerWatch
    }

    package let health: Health
    /// For those who add figures of their own.
    package let registry: Metrics

    let metrics: IngestMetrics
    let streams: StreamMetrics

    /// Ready needs these. Betting goes on without Redis.
    private let conditions: [Dependency: HealthCondition]
    private let parts = Mutex<Parts?>(nil)

    /// - Parameter build: the version that `betting_build_info` tells.
    package init(build: String, health: Health) {
        self.health = health
        registry = Metrics()
        metrics = IngestMetrics(registry)
        streams = StreamMetrics(in: registry)
        conditions = [
            .nats: health.condition("nats"), .postgres: health.condition("postgres"),
        ]
        ProcessMetrics.register(in: registry, build: build)
        health.register(in: registry)
        health.condition("queue_group") { [self] in
            guard let parts = parts.withLock(\.self) else { return "still starting" }
            return parts.membership.isJoined ? nil : "not in the queue group"
        }
        registry.collect { [self] writer in
            guard let parts = parts.withLock(\.self) else { return }
            IngestFigures(parts).write(to: &writer)
        }
    }

    /// From now on there is something to show.
    func attach(_ new: Parts) { parts.withLock { $0 = new } }

    /// A server answered.
    func answered(_ dependency: Dependency) {
        metrics.isUp(dependency, true)
        conditions[dependency]?.meet()
    }

    /// A server did not answer, or not as it should.
    func failed(_ dependency: Dependency) {
        metrics.isUp(dependency, false)
        conditions[dependency]?.fail("does not answer")
    }

    /// The routes of the backend's own port.
    package var routes: [HTTPRoute] {
        ObservabilityRoutes.routes(metrics: registry, health: health) + [
            HTTPRoute(
                .get,
                "/stats",
                .immediate { [self] _ in stats() },
                allowsCrossOrigin: true
            )
        ]
    }

    /// The three figures of the original engine, as last seen; null for one whose server does not
    /// answer.
    private func stats() -> HTTPResponse {
        guard let view = parts.withLock(\.self)?.watch.view() else {
            return .failure(
                status: 503,
                code: "starting",
                message: "this backend is still connecting to its servers"
            )
        }
        var json = JSONWriter()
        json.beginObject()
        json.field("bets_table_row_count", rawNumber: Self.text(view.rows))
        json.field("total_odds", rawNumber: Self.text(view.odds))
        json.field("pending_bets", rawNumber: Self.text(view.pending))
        json.endObject()
        return .json(json.text)
    }

    private static func text(_ figure: Int64?) -> String { figure.map(String.init) ?? "null" }
}
