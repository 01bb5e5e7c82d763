import Foundation
import FoundationNetworking
import Synchronization
import Telemetry
import TestSupport
import Testing
import WebServer

@testable import Observability

@Suite
struct ObservabilityAnswerTests {
    private func text(_ response: HTTPResponse) -> String {
        String(decoding: response.body, as: UTF8.self)
    }

    @Test
    func `live says ok, or which loops do not turn`() {
        let overdue = Mutex<[String]>([])
        let health = Health { overdue.withLock { $0 } }
        health.drain()
        var answer = ObservabilityRoutes.answer(live: health)
        #expect(answer.status == 200)
        #expect(text(answer) == "ok\n")
        overdue.withLock { $0 = ["store", "keeper"] }
        answer = ObservabilityRoutes.answer(live: health)
        #expect(answer.status == 503)
        #expect(text(answer) == "overdue: store, keeper\n")
    }

    @Test
    func `ready says which conditions are met and why one is not`() {
        let health = Health()
        health.condition("nats").meet()
        let postgres = health.condition("postgres")
        postgres.fail("away since \"now\"")
        var answer = ObservabilityRoutes.answer(ready: health)
        #expect(answer.status == 503)
        let reason = #""reason":"away since \"now\"""#
        #expect(
            text(answer) == #"{"status":"not_ready","conditions":[{"name":"nats","ok":true},"#
                + #"{"name":"postgres","ok":false,"# + reason + "}]}"
        )
        postgres.meet()
        answer = ObservabilityRoutes.answer(ready: health)
        #expect(answer.status == 200)
        #expect(text(answer).hasPrefix(#"{"status":"ready","#))
        health.drain()
        answer = ObservabilityRoutes.answer(ready: health)
        #expect(answer.status == 503)
        #expect(text(answer).hasPrefix(#"{"status":"draining","#))
    }
}

@Suite(.serialized)
struct ObservabilityRoutesTests {
    private struct Answer {
        let status: Int
        let contentType: String?
        let text: String
    }

    private func get(_ path: String, _ server: WebServer) async throws -> Answer {
        let url = try #require(URL(string: "http://127.0.0.1:\(server.port)\(path)"))
        let (data, response) = try await URLSession.shared.data(from: url)
        let http = try #require(response as? HTTPURLResponse)
        return Answer(
            status: http.statusCode,
            contentType: http.value(forHTTPHeaderField: "Content-Type"),
            text: String(decoding: data, as: UTF8.self)
        )
    }

    @Test
    func `a server with nothing else emits what every process does`() async throws {
        let metrics = Metrics()
        let health = Health()
        let condition = health.condition("nats")
        ProcessMetrics.register(in: metrics, build: "1.2.3")
        health.register(in: metrics)
        let server = try WebServer(
            WebServerConfiguration(port: 0, address: "127.0.0.1", serverName: "test"),
            routes: ObservabilityRoutes.routes(metrics: metrics, health: health)
        )
        WebServerMetrics.register(in: metrics) { server.statistics }
        for dependency in ["nats", "postgres", "redis"] {
            metrics.gauge("betting_dependency_up", "Up.", labels: [("dependency", dependency)])
                .set(true)
        }
        _ = metrics.gauge("betting_postgres_connections", "Open.", labels: [("use", "test")])
        server.start()
        defer { server.shutDown(timeoutMilliseconds: 1_000) }

        #expect(try await get("/livez", server).text == "ok\n")
        #expect(try await get("/readyz", server).status == 503)
        condition.meet()
        #expect(try await get("/readyz", server).status == 200)
        let answer = try await get("/metrics", server)
        #expect(answer.status == 200)
        #expect(answer.contentType == "text/plain; version=0.0.4; charset=utf-8")
        let exposition = try Exposition(answer.text)
        let document = try MetricsDocument()
        // A process without a section emits what every process does.
        #expect(document.differences(from: exposition, process: "none") == [])
        #expect(exposition.value("betting_ready") == 1)
        let class2xx = exposition.value("betting_http_requests_total", ["status_class": "2xx"])
        #expect(class2xx == 2)
        #expect(exposition.value("betting_http_requests_total", ["status_class": "5xx"]) == 1)
        if let complaints = try Promtool.complaints(about: answer.text) {
            #expect(complaints == "")
        }
    }

    @Test
    func `a server with sockets emits what is listed for them`() throws {
        let metrics = Metrics()
        let server = try WebServer(
            WebServerConfiguration(port: 0, address: "127.0.0.1"),
            routes: [],
            hubs: [WebSocketHub(path: "/ws")]
        )
        WebServerMetrics.register(in: metrics, withWebSockets: true) { server.statistics }
        let document = try MetricsDocument()
        let listed = document.entries(of: "stats-aggregator")
        for family in try Exposition(metrics.exposition()).families.dropLast() {
            let entry = listed.first { $0.name == family.name }
            #expect(entry?.kind == family.kind, "\(family.name)")
            #expect(entry?.labels == family.labelNames, "\(family.name)")
        }
    }
}
