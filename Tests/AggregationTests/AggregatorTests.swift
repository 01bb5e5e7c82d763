import Aggregation
import EngineHarness
import Foundation
import JetStream
import RedisClient
import Statistics
import StatsCodec
import TestSupport
import Testing
import Topology

/// Real servers, aggregators in this process, pods that pretend.
@Suite(.serialized)
struct AggregatorTests {
    private static let seeds: [UInt64] = [11, 12, 13]

    @Test(arguments: seeds)
    func
        `messages lost, repeated and reordered, pods killed: two aggregators equal Postgres and never fall`(
            seed: UInt64
        ) async throws
    {
        var generator = SeededGenerator(seed: seed)
        let world = try await AggregationWorld.start()
        let first = try RunningAggregator(world.configuration(port: freePort()))
        let second = try RunningAggregator(world.configuration(port: freePort()))
        let logs = try [first, second].map { try FrameLog(port: $0.port) }
        var fleet = PretendedFleet(pods: 3, epoch: world.epoch)
        var late: [PodStats] = []
        for step in 0..<300 {
            let pod = Int.random(in: 0..<3, using: &generator)
            let stats = fleet.work(pod, using: &generator)
            try world.commit(stats)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: break
            case 1: late.append(stats)
            case 2:
                try world.tell(stats)
                try world.tell(stats)
            default: try world.tell(stats)
            }
            if step % 40 == 20 {
                late.shuffle(using: &generator)
                for stats in late { try world.tell(stats) }
            }
            // Killed right after the commit, before a word was said.
            if step % 60 == 59 {
                try world.commit(fleet.work(pod, using: &generator))
                fleet.restart(pod)
            }
        }
        let committed = try world.committed()
        for log in logs {
            let isRight = try await log.see {
                $0.total_bets == committed.bets && $0.total_value_text == committed.value
                    && $0.rejected_total == committed.rejected
                    && $0.bets_table_row_count == committed.bets
            }
            #expect(isRight, "seed \(seed): \(log.last?.total_bets ?? -1) of \(committed.bets)")
            #expect(log.falls.isEmpty, "seed \(seed): \(log.falls)")
        }
        try await first.stop()
        try await second.stop()
    }

    @Test
    func `a new aggregator shows the same totals with its first frame`() async throws {
        var generator = SeededGenerator(seed: 3)
        let world = try await AggregationWorld.start()
        var fleet = PretendedFleet(pods: 2, epoch: world.epoch)
        for step in 0..<40 {
            let stats = fleet.work(step % 2, using: &generator)
            try world.commit(stats)
            try world.tell(stats)
        }
        // Committed and never told; and told by a pod that stored nothing.
        fleet.restart(0)
        try world.commit(fleet.work(0, using: &generator))
        var idle = PodStats(podID: "backend-9", bootID: "idle", epoch: world.epoch)
        idle.startedAt = Moment.now.wallMicroseconds
        idle.sentAt = idle.startedAt
        idle.build = "test"
        idle.databaseFailures = 1_000
        try world.tell(idle)
        try world.bus().flush(timeoutMilliseconds: 5_000)
        let committed = try world.committed()

        let first = try RunningAggregator(world.configuration(port: freePort()))
        let before = try FrameLog(port: first.port)
        _ = try await before.see { _ in true }
        let failures = try #require(before.frames.first?.db_failures)
        #expect(failures >= 1_000)
        try await first.stop()
        #expect(try await eventually { before.code == 1001 })

        let second = try RunningAggregator(world.configuration(port: freePort()))
        let after = try FrameLog(port: second.port)
        _ = try await after.see { _ in true }
        let frame = try #require(after.frames.first)
        #expect(frame.total_bets == committed.bets)
        #expect(frame.total_value_text == committed.value)
        #expect(frame.db_failures == failures)
        #expect(frame.rejected["malformed"] == committed.rejected)
        #expect(frame.epoch == String(world.epoch))
        #expect(Set(frame.pods.map(\.boot_id)) == ["boot1", "boot2", "boot3", "idle"])
        try await second.stop()
    }

    @Test
    func `each server's loss shows, stops nothing, and passes`() async throws {
        var generator = SeededGenerator(seed: 4)
        let world = try await AggregationWorld.start()
        let aggregator = try RunningAggregator(world.configuration(port: freePort()))
        let log = try FrameLog(port: aggregator.port)
        var fleet = PretendedFleet(pods: 1, epoch: world.epoch)
        func work() throws {
            let stats = fleet.work(0, using: &generator)
            try world.commit(stats)
            try world.tell(stats)
        }
        try work()
        #expect(
            try await log.see { frame in
                frame.total_bets > 0
                    && ["nats", "postgres", "redis"].allSatisfy { frame.state(of: $0) == "up" }
            }
        )

        try await world.redis.process.stop()
        #expect(
            try await log.see {
                $0.state(of: "redis") == "down" && $0.total_odds == nil
            }
        )
        try work()
        let bets = fleet.boots[0].totalBets
        #expect(try await log.see { $0.total_bets == bets && $0.state(of: "redis") == "down" })
        try await world.redis.start()
        #expect(try await log.see { $0.state(of: "redis") == "up" })

        try await world.postgres.process.stop(SIGINT)
        #expect(
            try await log.see {
                $0.state(of: "postgres") == "down" && $0.bets_table_row_count == nil
                    && $0.total_bets == bets
            }
        )
        try world.tell(fleet.work(0, using: &generator))
        let told = fleet.boots[0].totalBets
        #expect(try await log.see { $0.total_bets == told })
        try await world.postgres.start()
        #expect(
            try await log.see { $0.state(of: "postgres") == "up" && $0.bets_table_row_count != nil }
        )

        try await world.nats.process.stop()
        #expect(
            try await log.see { $0.state(of: "nats") == "down" && $0.pending_bets == nil }
        )
        try world.commit(fleet.work(0, using: &generator))
        let silent = fleet.boots[0].totalBets
        #expect(try await log.see { $0.total_bets == silent })
        try await world.nats.start()
        #expect(try await log.see { $0.state(of: "nats") == "up" && $0.pending_bets == 0 })
        #expect(log.falls.isEmpty)
        try await aggregator.stop()
    }

    @Test
    func `it starts without servers and is ready once they are there`() async throws {
        let world = try await AggregationWorld.start()
        var generator = SeededGenerator(seed: 5)
        var fleet = PretendedFleet(pods: 1, epoch: world.epoch)
        let stats = fleet.work(0, using: &generator)
        try world.commit(stats)
        try world.tell(stats)
        try world.bus().flush(timeoutMilliseconds: 5_000)
        try await world.postgres.process.stop(SIGINT)
        try await world.nats.process.stop()
        try await world.redis.process.stop()

        let aggregator = try RunningAggregator(world.configuration(port: freePort()))
        let log = try FrameLog(port: aggregator.port)
        #expect(
            try await eventually(within: .seconds(30)) {
                let answer = try aggregator.get("/api/snapshot")
                return answer.status == 503 && answer.body.contains("postgres: ")
            }
        )
        #expect(try aggregator.get("/readyz").status == 503)
        #expect(try aggregator.get("/livez").status == 200)
        #expect(log.frames.isEmpty)

        // Postgres alone is enough for the totals.
        try await world.postgres.start()
        let isShown = try await log.see {
            $0.total_bets == Int(stats.totalBets) && $0.state(of: "nats") == "down"
        }
        #expect(isShown)
        #expect(try await eventually { try aggregator.get("/readyz").status == 200 })
        try await world.nats.start()
        try await world.redis.start()
        #expect(
            try await log.see { frame in
                ["nats", "postgres", "redis"].allSatisfy { frame.state(of: $0) == "up" }
            }
        )
        #expect(log.falls.isEmpty)
        try await aggregator.stop()
    }

    @Test
    func `streams that are made anew start the totals anew`() async throws {
        var generator = SeededGenerator(seed: 6)
        let world = try await AggregationWorld.start()
        let aggregator = try RunningAggregator(world.configuration(port: freePort()))
        let log = try FrameLog(port: aggregator.port)
        var fleet = PretendedFleet(pods: 1, epoch: world.epoch)
        try world.commit(fleet.work(0, using: &generator))
        let before = fleet.boots[0].totalBets
        #expect(try await log.see { $0.total_bets == before })

        try world.makeStreams()
        fleet = PretendedFleet(pods: 1, epoch: world.epoch)
        var stats = fleet.work(0, using: &generator)
        try world.commit(stats)
        let after = stats.totalBets
        let epoch = String(world.epoch)
        #expect(try await log.see { $0.epoch == epoch && $0.total_bets == after })
        // The rows of all epochs are in the table.
        #expect(try await log.see { $0.bets_table_row_count == Int(before + after) })
        stats.epoch -= 1
        stats.totalBets += 1_000
        stats.version += 1_000
        try world.tell(stats)
        try world.tell(fleet.work(0, using: &generator))
        let last = fleet.boots[0].totalBets
        #expect(try await log.see { $0.total_bets == last })
        try await aggregator.stop()
    }

    @Test
    func `rates rise with the load and return to 0`() async throws {
        var generator = SeededGenerator(seed: 7)
        let world = try await AggregationWorld.start()
        let aggregator = try RunningAggregator(world.configuration(port: freePort()))
        let log = try FrameLog(port: aggregator.port)
        _ = try await log.see { _ in true }
        var fleet = PretendedFleet(pods: 1, epoch: world.epoch)
        for _ in 0..<5 { try world.tell(fleet.work(0, using: &generator)) }
        #expect(try await log.see { $0.bets_per_second > 0 })
        #expect(try await log.see { $0.bets_per_second == 0 && $0.total_bets > 0 })
        #expect(log.frames.allSatisfy { $0.bets_per_second >= 0 })
        #expect(log.falls.isEmpty)
        try await aggregator.stop()
    }

    @Test
    func `a message of the original engine is shown, damaged ones are counted`() async throws {
        let world = try await AggregationWorld.start()
        let aggregator = try RunningAggregator(world.configuration(port: freePort()))
        let log = try FrameLog(port: aggregator.port)
        _ = try await log.see { _ in true }
        let text = """
            {"pod_id":"old-1","total_bets":7,"total_value":350.5,"db_failures":2,\
            "redis_failures":0,"bets_per_second":0,"db_failures_per_second":0,\
            "redis_failures_per_second":0}
            """
        for body in ["{", "null", text] {
            try world.bus().publish(Topology.statsSubject, body: Array(body.utf8))
        }
        #expect(
            try await log.see {
                $0.total_bets == 7 && $0.total_value_text == "350.50000000" && $0.db_failures == 2
            }
        )
        let metrics = try aggregator.get("/metrics").body
        #expect(metrics.contains(#"betting_stats_messages_total{result="malformed"} 2"#))
        try await aggregator.stop()
    }
}
