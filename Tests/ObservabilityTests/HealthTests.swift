import Observability
import Synchronization
import Telemetry
import TestSupport
import Testing

@Suite
struct HealthTests {
    @Test
    func `ready is who meets all conditions and does not end`() {
        let health = Health()
        #expect(health.isReady)
        let nats = health.condition("nats")
        let problem = Mutex<String?>(nil)
        health.condition("postgres") { problem.withLock { $0 } }
        #expect(!health.isReady)
        #expect(health.conditions.first?.problem == "not known yet")
        nats.meet()
        #expect(health.isReady)
        problem.withLock { $0 = "away" }
        #expect(!health.isReady)
        #expect(health.conditions.map(\.problem) == [nil, "away"])
        problem.withLock { $0 = nil }
        #expect(health.isReady)
        health.drain()
        #expect(!health.isReady && health.isDraining)
    }

    @Test
    func `live depends on the loops alone`() {
        let overdue = Mutex<[String]>([])
        let health = Health { overdue.withLock { $0 } }
        _ = health.condition("postgres", reason: "away")
        health.drain()
        #expect(health.isLive)
        overdue.withLock { $0 = ["store", "keeper"] }
        #expect(!health.isLive)
        #expect(health.overdueLoops == ["store", "keeper"])
    }

    @Test
    func `a reason is told in a limited length`() {
        let health = Health()
        health.condition("nats").fail(String(repeating: "é", count: 10_000))
        #expect(health.conditions.first?.problem?.count == Health.reasonCharactersMax)
    }

    @Test
    func `the metrics say the same`() throws {
        let overdue = Mutex<[String]>([])
        let health = Health { overdue.withLock { $0 } }
        let metrics = Metrics()
        health.register(in: metrics)
        let nats = health.condition("nats")
        health.condition("redis").meet()
        var read = try Exposition(metrics.exposition())
        #expect(read.value("betting_live") == 1)
        #expect(read.value("betting_ready") == 0)
        #expect(read.value("betting_readiness_condition", ["condition": "nats"]) == 0)
        #expect(read.value("betting_readiness_condition", ["condition": "redis"]) == 1)
        nats.meet()
        overdue.withLock { $0 = ["store"] }
        read = try Exposition(metrics.exposition())
        #expect(read.value("betting_live") == 0)
        #expect(read.value("betting_ready") == 1)
        health.drain()
        #expect(try Exposition(metrics.exposition()).value("betting_ready") == 0)
    }
}
