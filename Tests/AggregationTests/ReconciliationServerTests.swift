import Aggregation
import EngineHarness
import JetStream
import PostgresClient
import RedisClient
import TestSupport
import Testing
import Topology

/// The reconciliation and the odds board beside real servers.
@Suite(.serialized)
struct ReconciliationServerTests {
    @Test
    func `published, stored and counted are compared, and what waits has an age`() async throws {
        let world = try await AggregationWorld.start()
        let aggregator = try RunningAggregator(world.configuration(port: freePort()))
        let log = try FrameLog(port: aggregator.port)
        #expect(try await log.see { $0.reconciliation.state == "ok" })
        for number in 1...3 {
            _ = try world.bus().publishAcknowledged(
                Topology.betsSubject,
                body: Array("{}".utf8),
                messageID: "message-\(number)",
                timeoutMilliseconds: 5_000
            )
        }
        #expect(
            try await log.see {
                $0.reconciliation.state == "catching_up" && $0.reconciliation.published == 3
                    && $0.pending_bets == 3 && ($0.backlog.oldest_age_seconds ?? 0) > 0
            }
        )
        try store(world)
        try acknowledge(world)
        #expect(
            try await log.see {
                $0.reconciliation.state == "ok" && $0.reconciliation.outcomes == 3
                    && $0.backlog.oldest_age_seconds == 0 && $0.total_odds == 2
            }
        )
        #expect(try await log.see { $0.games.count == 1 })
        let game = try #require(log.last?.games.first)
        #expect(game.game_id == "game_1")
        #expect(game.bets == 2)
        #expect(game.staked_text == "30.00000000")

        // Somebody meddles with the counters.
        try redis(world, ["SET", "odds:total", "1"])
        #expect(
            try await log.see {
                $0.reconciliation.state == "violated"
                    && $0.reconciliation.violations.first?.contains("1 bets") == true
            }
        )
        try redis(world, ["SET", "odds:total", "2"])
        #expect(try await log.see { $0.reconciliation.state == "ok" })

        try await lose(world, log)

        // An outcome that no message had.
        _ = try world.sql().run("UPDATE ingest_totals SET duplicates = duplicates + 5")
        #expect(
            try await log.see {
                $0.reconciliation.violations == ["8 outcomes of 3 published messages"]
            }
        )
        try await aggregator.stop()
    }

    /// A row is gone, and the message too: nothing will come of it, and nobody waits for it.
    private func lose(_ world: AggregationWorld, _ log: FrameLog) async throws {
        let epoch = world.epoch
        _ = try world.sql().run(
            """
            BEGIN; DELETE FROM rejected_bets WHERE stream_seq = 3;
            UPDATE ingest_totals SET rejected = 0;
            INSERT INTO lost_sequences (stream_epoch, stream_seq) VALUES (\(epoch), 3), (1, 1);
            COMMIT
            """
        )
        #expect(
            try await log.see {
                $0.reconciliation.state == "violated" && $0.reconciliation.lost == 1
                    && $0.reconciliation.in_flight == 0
                    && $0.reconciliation.oldest_unresolved_sequence == nil
                    && $0.reconciliation.violations.map { $0.hasSuffix("lost for good") } == [true]
            }
        )
        _ = try world.sql().run(
            "DELETE FROM lost_sequences; UPDATE ingest_totals SET rejected = 1"
        )
        #expect(try await log.see { $0.reconciliation.violations.isEmpty })
    }

    /// Two bets and a reject, with their totals and counters.
    private func store(_ world: AggregationWorld) throws {
        let epoch = world.epoch
        _ = try world.sql().run(
            """
            BEGIN;
            INSERT INTO bets (stream_epoch, stream_seq, placed_at, id, amount, game_id, bet_type,
                selection, pod_id)
            SELECT \(epoch), n, now(), ('00000000-0000-4000-8000-00000000000' || n)::uuid, n * 10,
                'game_1', 'moneyline', 'home', 'p' FROM generate_series(1, 2) n;
            INSERT INTO rejected_bets (stream_epoch, stream_seq, published_at, reason, detail,
                subject, headers, body, pod_id)
            VALUES (\(epoch), 3, now(), 'malformed', '', 'bets', '[]', '', 'p');
            INSERT INTO ingest_totals (stream_epoch, pod_id, boot_id, version, stored, value,
                duplicates, rejected) VALUES (\(epoch), 'p', 'b', 1, 2, 30, 0, 1);
            INSERT INTO ingest_rejections VALUES (\(epoch), 'p', 'b', 'malformed', 1);
            INSERT INTO game_totals VALUES ('game_1', 'home', 0, 1, 10), ('game_1', 'home', 1, 1, 20);
            COMMIT
            """
        )
        try redis(world, ["SET", "odds:generation", "g"])
        try redis(world, ["SET", "odds:total", "2"])
        try redis(world, ["SET", "game:game_1:odds_updates", "2"])
        try redis(world, ["HSET", "game:game_1:pool", "home", "30"])
    }

    private func redis(_ world: AggregationWorld, _ command: [RedisArgument]) throws {
        let connection = try RedisConnection(RedisConfiguration(address: world.redis.url))
        defer { connection.close() }
        _ = try connection.command(command)
    }

    /// Takes part in the queue group for as long as it takes to acknowledge everything.
    private func acknowledge(_ world: AggregationWorld) throws {
        let bus = try world.bus()
        let subscription = try QueueSubscription(
            on: bus,
            subject: Topology.deliverSubject(epoch: world.epoch),
            group: Topology.group,
            pendingMessagesMax: 100,
            pendingBytesMax: 1 << 20
        ) { message in
            var reply = ReplyList(reserving: 1)
            if reply.append(message) { try? bus.answer(reply, with: .acknowledge) }
        }
        var isDone = false
        let manager = try world.manager()
        for _ in 0..<500 where !isDone {
            try bus.flush(timeoutMilliseconds: 5_000)
            let info = try manager.consumerInfo(
                stream: Topology.betsStream,
                consumer: Topology.betsConsumer
            )
            isDone = info?.pending == 0 && info?.ackPending == 0
        }
        subscription.leave(drainTimeoutMilliseconds: 1_000)
    }
}
