import BetStore
import JetStream
import PostgresClient
import RedisClient
import ServiceKit
import Synchronization
import TestSupport
import Topology

@testable import betctl

/// Three servers that hold a small consistent system: 16 stored bets, a duplicate, a conflict and a
/// malformed message, all published, acknowledged and counted. Written by SQL of its own, so that
/// the audit is not checked against the code it audits.
final class AuditWorld: Sendable {
    static let last = 19

    private let nats: NATSServer
    private let postgres: PostgresServer
    private let redis: RedisServer
    let session: Session

    private init(_ nats: NATSServer, _ postgres: PostgresServer, _ redis: RedisServer) throws {
        self.nats = nats
        self.postgres = postgres
        self.redis = redis
        session = Session(
            Environment([
                "NATS_URL": nats.url, "POSTGRES_URL": try postgres.makeDatabase(),
                "REDIS_URL": redis.url,
            ])
        )
    }

    static func start() async throws -> AuditWorld {
        let world = try AuditWorld(
            await NATSServer.start(),
            await PostgresServer.start(),
            await RedisServer.start()
        )
        _ = try Migrator.migrate(world.session.postgres())
        return world
    }

    static func id(_ number: Int) -> String {
        "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - "\(number)".count)
            + "\(number)"
    }

    private static func body(_ number: Int, amount: String? = nil) -> String {
        """
        {"id":"\(id(number))","game_id":"game_\(number % 3)","bet_type":"moneyline",\
        "amount":\(amount ?? "\(number).25"),"timestamp":"2025-06-01T12:00:00Z"}
        """
    }

    /// What the publisher would have written down.
    func journal() throws -> Journal {
        let epoch = try epoch()
        let ids = (1...16).map(Self.id) + [Self.id(1), Self.id(2), Self.id(99)]
        var lines = [#"{"t":"run","seed":1}"#]
        for (index, id) in ids.enumerated() {
            lines.append(#"{"t":"try","id":"\#(id)"}"#)
            lines.append(
                #"{"t":"ack","id":"\#(id)","epoch":\#(epoch),"seq":\#(index + 1),"dup":false}"#
            )
        }
        return Journal(lines: lines)
    }

    func epoch() throws -> Int64 {
        let (connection, manager) = try session.nats()
        defer { connection.close() }
        return try manager.streamInfo(Topology.betsStream)?.createdNanoseconds ?? 0
    }

    /// Empties everything and builds the consistent system.
    func refill() throws {
        try redis(["CONFIG", "SET", "appendonly", "yes"])
        _ = try ResetCommand(["--yes", "--force", "--money"]).run(in: session)
        let (connection, manager) = try session.nats()
        defer { connection.close() }
        let bodies =
            (1...16).map { Self.body($0) } + [Self.body(1), Self.body(2, amount: "77"), "{"]
        for (index, body) in bodies.enumerated() {
            _ = try connection.publishAcknowledged(
                Topology.betsSubject,
                body: Array(body.utf8),
                messageID: "message-\(index)",
                timeoutMilliseconds: 5_000
            )
        }
        let epoch = try epoch()
        try sql(Self.rows(epoch))
        try fillMoney()
        try fillRedis(epoch)
        try acknowledgeAll(connection, manager, epoch)
    }

    func sql(_ script: String) throws {
        let connection = try session.postgres()
        defer { connection.close() }
        _ = try connection.run(script)
    }

    func redis(_ command: [RedisArgument]) throws {
        _ = try session.redis().command(command)
    }

    private static func rows(_ epoch: Int64) -> String {
        """
        INSERT INTO stream_epochs (epoch) VALUES (\(epoch)) ON CONFLICT DO NOTHING;
        INSERT INTO bets (stream_epoch, stream_seq, placed_at, id, amount, game_id, bet_type,
                selection, pod_id)
            SELECT \(epoch), n, '2025-06-01T12:00:00Z',
                ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, n + 0.25,
                'game_' || n % 3, 'moneyline', '-', 'pod-' || n % 2
            FROM generate_series(1, 16) AS n;
        INSERT INTO duplicate_bets (stream_epoch, stream_seq, bet_id, pod_id)
            VALUES (\(epoch), 17, '\(id(1))', 'pod-0');
        INSERT INTO rejected_bets (stream_epoch, stream_seq, published_at, bet_id, reason, detail,
                subject, headers, body, pod_id)
            VALUES (\(epoch), 18, now(), '\(id(2))', 'id_conflict', '', 'bets', '[]', '', 'pod-0'),
                (\(epoch), 19, now(), NULL, 'malformed', '', 'bets', '[]', '', 'pod-1');
        INSERT INTO ingest_totals (stream_epoch, pod_id, boot_id, version, stored, value,
                duplicates, rejected)
            SELECT \(epoch), pod_id, 'boot', 1, count(*), sum(amount),
                CASE WHEN pod_id = 'pod-0' THEN 1 ELSE 0 END, 1
            FROM bets GROUP BY pod_id;
        INSERT INTO ingest_rejections (stream_epoch, pod_id, boot_id, reason, count)
            VALUES (\(epoch), 'pod-0', 'boot', 'id_conflict', 1),
                (\(epoch), 'pod-1', 'boot', 'malformed', 1);
        INSERT INTO game_totals (game_id, selection, lane, bets, staked)
            SELECT game_id, selection, CASE WHEN pod_id = 'pod-0' THEN 0 ELSE 1 END, count(*),
                sum(amount)
            FROM bets GROUP BY game_id, selection, pod_id;
        """
    }

    private func fillRedis(_ epoch: Int64) throws {
        let connection = try session.redis()
        let figures = try OddsFigures.stored(in: session.postgres())
        _ = try connection.command(["SET", "odds:generation", "g"])
        _ = try connection.command(["SET", "odds:total", RedisArgument(figures.total)])
        for (game, figure) in figures.games {
            let updates = RedisArgument(figure.updates)
            _ = try connection.command(["SET", RedisArgument("game:\(game):odds_updates"), updates])
            for (selection, units) in figure.pool {
                _ = try connection.command([
                    "HSET", RedisArgument("game:\(game):pool"), RedisArgument(selection),
                    RedisArgument(Int64(units / 100_000_000)), RedisArgument(selection + "|r"),
                    RedisArgument(Int64(units % 100_000_000)),
                ])
            }
        }
        _ = try connection.command(["HSET", "odds:watermark", RedisArgument("\(epoch)"), 4])
        for sequence in 5...Self.last {
            _ = try connection.command([
                "SETBIT", RedisArgument("odds:applied:\(epoch):0"), RedisArgument(sequence), 1,
            ])
        }
    }

    private func acknowledgeAll(
        _ connection: NATSConnection,
        _ manager: JetStreamManager,
        _ epoch: Int64
    ) throws {
        let replies = Mutex(ReplyList(reserving: 32))
        let subscription = try QueueSubscription(
            on: connection,
            subject: Topology.deliverSubject(epoch: epoch),
            group: Topology.group,
            pendingMessagesMax: 1_000,
            pendingBytesMax: 1 << 20
        ) { message in
            replies.withLock { _ = $0.append(message) }
        }
        for _ in 1...10_000 where replies.withLock({ $0.count }) < Self.last {
            try connection.flush(timeoutMilliseconds: 1_000)
        }
        try replies.withLock { try connection.answer($0, with: .acknowledge) }
        for _ in 1...1_000 {
            try connection.flush(timeoutMilliseconds: 1_000)
            let info = try manager.consumerInfo(
                stream: Topology.betsStream,
                consumer: Topology.betsConsumer
            )
            if info?.ackFloor.streamSequence == UInt64(Self.last) { break }
        }
        _ = subscription.leave(drainTimeoutMilliseconds: 1_000)
    }
}
