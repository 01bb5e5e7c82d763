import Foundation
import Statistics
import StatsCodec
import Testing

@Suite
struct StatsMessageTests {
    @Test
    func `a stats message holds every figure, the sum exact`() throws {
        let body = StatsMessage.body(.sample)
        #expect(
            String(decoding: body, as: UTF8.self)
                .contains("\"total_value\":123456789012345.67890123,")
        )
        let object = try #require(
            JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
        )
        let numbers: [String: Int] = [
            "version": 12, "total_bets": 34, "duplicates": 5, "odds_updates": 6,
            "db_failures": 7, "redis_failures": 8, "redeliveries": 9,
            "epoch": 1_700_000_000_000_000_001,
        ]
        for (name, value) in numbers { #expect(object[name] as? Int == value, "\(name)") }
        #expect(object["rejected"] as? [String: Int] == ["malformed": 2, "bad_id": 1])
        let buckets = try #require(object["latency_buckets"] as? [Int])
        #expect(buckets.count == LatencyHistogram.boundsMicroseconds.count + 1)
        #expect(buckets.reduce(0, +) == 1)
        let texts = [
            "pod_id": "backend-1", "boot_id": "00ff", "build": "0.1.0",
            "started_at": "2025-06-15T15:06:40Z", "sent_at": "2025-06-15T15:06:40.100000Z",
        ]
        for (name, value) in texts { #expect(object[name] as? String == value, "\(name)") }
        #expect(object.count == numbers.count + texts.count + 3)
    }

    @Test
    func `only the last message of a start says stopping`() {
        var stats = PodStats(podID: "a", bootID: "b", epoch: 1)
        #expect(!String(decoding: StatsMessage.body(stats), as: UTF8.self).contains("stopping"))
        stats.isStopping = true
        let text = String(decoding: StatsMessage.body(stats), as: UTF8.self)
        #expect(text.hasSuffix(",\"stopping\":true}"))
    }

    @Test(arguments: [
        ("backend-1", "stats.update.backend_1.b7"), ("a.b*c>d e", "stats.update.a_b_c_d_e.b7"),
        ("ä", "stats.update._.b7"),
    ])
    func `a subject has one token for the pod and one for the start`(pod: String, subject: String) {
        #expect(StatsMessage.subject(podID: pod, bootID: "b7") == subject)
    }
}
