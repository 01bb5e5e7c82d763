import RedisClient
import Testing

@testable import betctl

/// Something that is done to a consistent system, and the invariants that must notice.
struct Sabotage: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let noticed: Set<Invariant>
    let act: @Sendable (AuditWorld, Int64) throws -> Void

    static func sql(_ name: String, _ noticed: Set<Invariant>, _ script: String) -> Sabotage {
        Sabotage(testDescription: name, noticed: noticed) { world, _ in try world.sql(script) }
    }

    static func redis(_ name: String, _ noticed: Set<Invariant>, _ command: String) -> Sabotage {
        Sabotage(testDescription: name, noticed: noticed) { world, epoch in
            let text = command.split(separator: "EPOCH", omittingEmptySubsequences: false)
                .joined(separator: "\(epoch)")
            try world.redis(text.split(separator: " ").map { RedisArgument($0) })
        }
    }

    static let ofTables: [Sabotage] = [
        .sql("nothing", [], "SELECT 1"),
        .sql(
            "a lost bet",
            [.acknowledged, .oneOutcome, .oneRow, .podTotals, .gameTotals, .applied],
            "DELETE FROM bets WHERE stream_seq = 1"
        ),
        .sql(
            "a second outcome",
            [.oneOutcome, .podTotals],
            """
            INSERT INTO duplicate_bets (stream_epoch, stream_seq, bet_id, pod_id)
            SELECT stream_epoch, 5, id, pod_id FROM bets WHERE stream_seq = 5
            """
        ),
        .sql(
            "an outcome the stream never had",
            [.oneOutcome, .podTotals],
            """
            INSERT INTO duplicate_bets (stream_epoch, stream_seq, bet_id, pod_id)
            SELECT stream_epoch, 99, id, pod_id FROM bets WHERE stream_seq = 5
            """
        ),
        .sql(
            "another amount",
            [.published, .podTotals, .gameTotals],
            "UPDATE bets SET amount = amount + 0.00000001 WHERE stream_seq = 6"
        ),
        .sql(
            "another bet's id",
            [.acknowledged, .published],
            "UPDATE bets SET id = gen_random_uuid() WHERE stream_seq = 7"
        ),
        .sql(
            "a duplicate of nothing",
            [.oneRow, .acknowledged],
            "UPDATE duplicate_bets SET bet_id = gen_random_uuid()"
        ),
        .sql(
            "a conflict with nothing",
            [.oneRow],
            "UPDATE rejected_bets SET bet_id = gen_random_uuid() WHERE reason = 'id_conflict'"
        ),
        .sql("a pod's total", [.podTotals], "UPDATE ingest_totals SET stored = stored + 1"),
        .sql("a pod's value", [.podTotals], "UPDATE ingest_totals SET value = value + 0.1"),
        .sql(
            "a reason's count",
            [.podTotals],
            "UPDATE ingest_rejections SET reason = 'bad_id' WHERE reason = 'malformed'"
        ),
        .sql(
            "a game's total",
            [.gameTotals, .counters],
            "UPDATE game_totals SET bets = bets + 1 WHERE game_id = 'game_1' AND lane = 0"
        ),
        .sql(
            "a gap below the complete sequence",
            [.oneOutcome],
            "INSERT INTO stream_epochs (epoch, outcomes_through) VALUES (1, 10)"
        ),
        .sql(
            "a block with fewer outcomes than written down",
            [.oneOutcome],
            "INSERT INTO outcome_blocks SELECT epoch, 0, 0, 4095 FROM stream_epochs"
        ),
        .sql("an epoch nobody knows", [.oneOutcome], "DELETE FROM stream_epochs"),
    ]

    static let ofRedis: [Sabotage] = [
        .redis("a counter too high", [.counters], "INCR game:game_1:odds_updates"),
        .redis("a counter too low", [.counters], "DECR game:game_1:odds_updates"),
        .redis("a counter deleted", [.counters], "DEL game:game_2:odds_updates"),
        .redis("a pool too high", [.counters], "HINCRBY game:game_1:pool - 1"),
        .redis("a remainder too low", [.counters], "HINCRBY game:game_1:pool -|r -1"),
        .redis("a selection nobody chose", [.counters], "HSET game:game_1:pool home 1"),
        .redis("a game nobody bet on", [.counters], "SET game:other:odds_updates 1"),
        .redis("the total of all games", [.counters], "INCR odds:total"),
        .redis("a sequence not applied", [.applied], "SETBIT odds:applied:EPOCH:0 9 0"),
        .redis("a watermark too high", [.applied], "HSET odds:watermark EPOCH 25"),
        .redis("an empty Redis", [.counters, .applied], "FLUSHALL"),
        .redis("no append-only file", [.durability], "CONFIG SET appendonly no"),
    ]
}
