import Aggregation
import EngineHarness
import Foundation
import ServiceKit
import TestSupport
import Testing
import WebServer

/// What an aggregator answers over HTTP.
@Suite(.serialized)
struct AggregatorEndpointTests {
    @Test
    func `it emits every metric that is listed, and its snapshot is its last frame`() async throws {
        let world = try await AggregationWorld.start()
        let aggregator = try RunningAggregator(world.configuration(port: freePort()))
        let log = try FrameLog(port: aggregator.port)
        #expect(
            try await log.see { frame in
                ["nats", "postgres", "redis"].allSatisfy { frame.state(of: $0) == "up" }
            }
        )
        let snapshot = try aggregator.get("/api/snapshot")
        #expect(snapshot.status == 200)
        let frame = try JSONDecoder().decode(SeenFrame.self, from: Data(snapshot.body.utf8))
        #expect(frame.seq >= 1)
        // Nobody has made the counters, and one size of the stream is not two.
        let unknown: Set = ["betting_odds_counted", "betting_stream_seconds_until_full"]
        var differences: [String] = []
        try await eventually {
            differences = try MetricsDocument().differences(
                from: Exposition(aggregator.get("/metrics").body),
                process: "stats-aggregator",
                mayBeEmpty: unknown
            )
            return differences.isEmpty
        }
        #expect(differences.isEmpty, "\(differences)")
        try await aggregator.stop()
    }

    @Test
    func `a port that is taken is an error that names it`() async throws {
        let world = try await AggregationWorld.start()
        let port = try freePort()
        let first = try RunningAggregator(world.configuration(port: port))
        let error = #expect(throws: AggregatorError.self) {
            try RunningAggregator(world.configuration(port: port))
        }
        #expect(error?.description == "HTTP_PORT=\(port): port \(port) is taken by another process")
        try await first.stop()
    }

    @Test(arguments: [
        ("POD_NAME", "a b"), ("REDIS_URL", "http://x"), ("HTTP_PORT", "-1"),
        ("HTTP_PORT", "70000"), ("ALLOWED_ORIGINS", "*"), ("ALLOWED_ORIGINS", "example.com"),
        ("FRAME_INTERVAL_MS", "99"),
    ])
    func `a wrong value is an error that names its variable`(name: String, value: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try AggregatorConfiguration(
                Environment(["POD_NAME": "p"].merging([name: value]) { $1 })
            )
        }
        #expect(error?.description.hasPrefix(name) == true)
    }

    @Test
    func `the dashboard's files are served from the directory that was named`() async throws {
        let world = try await AggregationWorld.start()
        let directory = try TemporaryDirectory("dashboard")
        try "<!doctype html><title>x</title>".write(
            toFile: directory.path + "/index.html",
            atomically: true,
            encoding: .utf8
        )
        var configuration = try world.configuration(port: freePort())
        configuration.dashboardDirectory = directory.path
        let aggregator = try RunningAggregator(configuration)
        let page = try aggregator.get("/")
        #expect(page.status == 200)
        #expect(page.body.contains("<title>x</title>"))
        #expect(try aggregator.get("/nothing").status == 404)
        try await aggregator.stop()
        configuration.dashboardDirectory = directory.path + "/missing"
        #expect(throws: AggregatorError.self) { try RunningAggregator(configuration) }
    }
}
