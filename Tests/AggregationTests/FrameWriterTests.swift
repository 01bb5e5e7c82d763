import Aggregation
import BetStore
import Foundation
import JetStream
import Statistics
import Testing

@Suite
struct FrameWriterTests {
    private let samples = Samples()
    private let writer = FrameWriter(
        AggregatorIdentity(podID: "aggregator-1", build: "0.1.0", startedAt: 1_750_000_000_000_000)
    )

    private func object(_ frame: [UInt8]) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: Data(frame)) as? [String: Any])
    }

    private func state(pods: Int = 1) -> BoardState {
        var state = BoardState(at: samples.moment(0))
        state.note(stream: samples.stream(0, published: 5), at: samples.moment(0))
        state.noteMessagesRead()
        state.noteRowsRead(epoch: Samples.epoch)
        for pod in 0..<pods {
            _ = state.take(
                samples.report("backend-\(pod)", bets: 5),
                age: .zero,
                at: samples.moment(0)
            )
        }
        return state
    }

    @Test
    func `the seed's fields come first, and money is exact`() throws {
        var state = state()
        let next = state.nextFrame(at: samples.moment(1))
        let content = try #require(next)
        let frame = writer.frame(content)
        let text = String(decoding: frame, as: UTF8.self)
        #expect(
            text.hasPrefix(
                #"{"pod_id":"fleet","total_bets":5,"total_value":2525.00000000,"db_failures":0,"#
                    + #""redis_failures":0,"bets_per_second":0.0,"db_failures_per_second":0.0,"#
                    + #""redis_failures_per_second":0.0,"seq":1,"at":"2025-06-15T15:06:41Z","#
            )
        )
        let object = try object(frame)
        #expect(object["total_value_text"] as? String == "2525.00000000")
        #expect(object["epoch"] as? String == "7")
    }

    @Test
    func `every field of the contract is there`() throws {
        var state = state()
        state.note(database: samples.database(0, stored: 5))
        state.note(odds: samples.odds(0, 5))
        state.note(games: [
            BusyGame(
                gameID: "game_123",
                GameOdds(updates: 5, pools: ["home": 300_000_000, "away": 100_000_000])
            )
        ])
        let next = state.nextFrame(at: samples.moment(0))
        let content = try #require(next)
        let object = try object(writer.frame(content))
        let keys: Set = [
            "pod_id", "total_bets", "total_value", "db_failures", "redis_failures",
            "bets_per_second", "db_failures_per_second", "redis_failures_per_second", "seq", "at",
            "aggregator", "epoch", "total_value_text", "odds_updates", "duplicates",
            "rejected_total", "rejected", "redeliveries", "bets_table_row_count", "total_odds",
            "pending_bets", "rates", "latency", "backlog", "stream", "pods", "pods_total",
            "dependencies", "reconciliation", "money", "games",
        ]
        #expect(Set(object.keys) == keys)
        func inner(_ key: String) -> Set<String> {
            Set((object[key] as? [String: Any] ?? [:]).keys)
        }
        func element(_ key: String) -> Set<String> {
            Set(((object[key] as? [[String: Any]])?.first ?? [:]).keys)
        }
        #expect(inner("aggregator") == ["pod_id", "build", "started_at"])
        #expect(inner("rates") == ["1s", "10s"])
        #expect(inner("latency") == ["window_seconds", "count", "p50_ms", "p95_ms", "p99_ms"])
        #expect(inner("backlog") == ["num_pending", "num_ack_pending", "oldest_age_seconds"])
        #expect(
            inner("stream") == [
                "messages", "bytes", "max_bytes", "first_sequence", "last_sequence", "fill",
                "seconds_until_full",
            ]
        )
        #expect(
            element("pods") == [
                "pod_id", "boot_id", "state", "total_bets", "total_value_text", "bets_per_second",
                "db_failures", "redis_failures", "odds_updates", "duplicates", "rejected",
                "redeliveries", "p50_ms", "p99_ms", "build", "version", "started_at",
                "last_seen_at", "silent_seconds",
            ]
        )
        #expect(element("dependencies") == ["name", "state", "since", "detail"])
        #expect(
            inner("reconciliation") == [
                "state", "published", "stored", "duplicates", "rejected", "outcomes", "lost",
                "in_flight", "oldest_unresolved_sequence", "violations",
            ]
        )
        let game = try #require((object["games"] as? [[String: Any]])?.first)
        #expect(game["staked_text"] as? String == "4.00000000")
        let home = try #require((game["selections"] as? [[String: Any]])?.first)
        #expect(home["selection"] as? String == "home")
        #expect(home["probability"] as? Double == 0.75)
        #expect(home["decimal_odds"] as? Double == 1.269)
    }

    @Test
    func `what a server that is away would tell is null`() throws {
        var state = state()
        state.note(stream: nil, at: samples.moment(1))
        let next = state.nextFrame(at: samples.moment(1))
        let content = try #require(next)
        let object = try object(writer.frame(content))
        for key in ["bets_table_row_count", "total_odds", "pending_bets"] {
            #expect(object[key] is NSNull, "\(key)")
        }
        let backlog = try #require(object["backlog"] as? [String: Any])
        #expect(backlog.values.allSatisfy { $0 is NSNull })
        let stream = try #require(object["stream"] as? [String: Any])
        #expect(stream.values.allSatisfy { $0 is NSNull })
        #expect(object["total_bets"] as? Int == 5)
        #expect((object["latency"] as? [String: Any])?["p50_ms"] is NSNull)
    }

    @Test
    func `a frame of a thousand pods with long names has its limit, and says how many there are`()
        throws
    {
        var state = BoardState(at: samples.moment(0))
        state.note(stream: samples.stream(0, published: 5), at: samples.moment(0))
        state.noteMessagesRead()
        state.noteRowsRead(epoch: Samples.epoch)
        for pod in 0..<1_000 {
            let name = String(repeating: "x", count: 245) + "\(pod)"
            _ = state.take(samples.report(name, bets: 1), age: .zero, at: samples.moment(0))
        }
        let longName = String(repeating: "g", count: 64)
        state.note(
            games: (0..<20).map { game in
                BusyGame(
                    gameID: longName,
                    GameOdds(
                        updates: 1,
                        pools: Dictionary(
                            uniqueKeysWithValues: (0..<20).map { ("\(longName)\($0)", 1) }
                        )
                    )
                )
            }
        )
        let next = state.nextFrame(at: samples.moment(0))
        let content = try #require(next)
        let frame = writer.frame(content)
        #expect(frame.count <= FrameWriter.bytesMax)
        #expect(frame.count > FrameWriter.bytesMax - 1_000)
        let object = try object(frame)
        #expect(object["pods_total"] as? Int == 1_000)
        #expect((object["games"] as? [Any])?.count == 12)
    }

    @Test
    func `of pods with usual names more than a hundred have a row`() throws {
        var state = state(pods: 250)
        let next = state.nextFrame(at: samples.moment(0))
        let content = try #require(next)
        let frame = writer.frame(content)
        let pods = try #require(try object(frame)["pods"] as? [Any])
        #expect(pods.count > 100)
        #expect(frame.count <= FrameWriter.bytesMax)
    }
}
