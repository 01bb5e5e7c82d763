import Statistics
import StatsCodec
import TestSupport
import Testing

@Suite
struct StatsDecoderTests {
    private let decoder = StatsDecoder()

    private func decode(_ text: String) throws(StatsMessageError) -> PodStats {
        try unsafe decoder.decode(Array(text.utf8).span.bytes)
    }

    private func error(_ text: String) -> StatsMessageError? {
        do throws(StatsMessageError) {
            _ = try decode(text)
            return nil
        } catch {
            return error
        }
    }

    private static let full: PodStats = {
        var stats = PodStats.sample
        stats.latency.record(microseconds: .max)
        stats.isStopping = true
        return stats
    }()

    private var text: String { String(decoding: StatsMessage.body(Self.full), as: UTF8.self) }

    /// The full message with one piece of its text replaced.
    private func text(_ piece: String, _ replacement: String) -> String {
        let range = text.firstRange(of: piece)
        #expect(range != nil, "\(piece)")
        return range.map { text.replacingCharacters($0, replacement) } ?? ""
    }

    @Test
    func `what a backend encodes comes back`() throws {
        #expect(try decode(text) == Self.full)
        var idle = PodStats(podID: "a", bootID: "b", epoch: 1)
        idle.startedAt = 1_750_000_000_000_000
        idle.sentAt = idle.startedAt
        idle.build = "x"
        #expect(try decode(String(decoding: StatsMessage.body(idle), as: UTF8.self)) == idle)
    }

    @Test
    func `a message of the original engine is taken`() throws {
        let stats = try decode(
            """
            {"pod_id":"betting-engine-7d9","total_bets":1000,"total_value":50500.300000000000004,
            "db_failures":1,"redis_failures":2,"bets_per_second":98.5,"db_failures_per_second":0,
            "redis_failures_per_second":-1}
            """
        )
        #expect(stats.key == BootKey(podID: "betting-engine-7d9", bootID: PodStats.seedBootID))
        #expect(stats.epoch == 0)
        #expect(stats.totalBets == 1000)
        #expect(stats.totalValueUnits == 5_050_030_000_000)
        #expect(stats.databaseFailures == 1)
        #expect(stats.redisFailures == 2)
        #expect(
            try decode(
                #"{"pod_id":"p","total_bets":1,"total_value":1.5e3,"db_failures":0,"redis_failures":0}"#
            ).totalValueUnits == 150_000_000_000
        )
    }

    @Test
    func `unknown fields are ignored, unknown reasons are counted together`() throws {
        let stats = try decode(
            text(
                #""rejected":{"bad_id":1,"#,
                #""new":[1,{"a":null}],"rejected":{"x":4,"y":5,"bad_id":1,"#
            )
        )
        #expect(stats.rejected == ["bad_id": 1, "malformed": 2, "other": 9])
    }

    @Test(arguments: [
        (#""total_bets":34"#, #""total_bets":-1"#, StatsMessageError.outOfRange("total_bets")),
        (#""total_bets":34"#, #""total_bets":10000000000001"#, .outOfRange("total_bets")),
        (#""total_bets":34"#, #""total_bets":99999999999999999999"#, .outOfRange("total_bets")),
        (#""total_bets":34"#, #""total_bets":"34""#, .wrongType("total_bets")),
        (#""total_bets":34"#, #""total_bets":3.4"#, .wrongType("total_bets")),
        (#""total_bets":34"#, #""total_bets":1e3"#, .wrongType("total_bets")),
        (#""total_bets":34"#, #""total_bets":null"#, .wrongType("total_bets")),
        (#""total_bets":34,"#, "", .missingField("total_bets")),
        (#""epoch":1700000000000000001"#, #""epoch":0"#, .outOfRange("epoch")),
        (#""version":12"#, #""version":[]"#, .wrongType("version")),
        (#"123456789012345.67890123"#, "-1", .outOfRange("total_value")),
        (#"123456789012345.67890123"#, "0.000000001", .outOfRange("total_value")),
        (#"123456789012345.67890123"#, "1e99", .outOfRange("total_value")),
        (#""pod_id":"backend-1""#, #""pod_id":"""#, .outOfRange("pod_id")),
        (#""pod_id":"backend-1""#, #""pod_id":"a b""#, .outOfRange("pod_id")),
        (#""pod_id":"backend-1""#, #""pod_id":7"#, .wrongType("pod_id")),
        (#""boot_id":"00ff""#, #""boot_id":{}"#, .wrongType("boot_id")),
        (#""bad_id":1"#, #""bad_id":"1""#, .wrongType("rejected")),
        (#""bad_id":1"#, #""bad_id":-1"#, .outOfRange("rejected")),
        (#""bad_id":1"#, #""bad_id":10000000000000"#, .outOfRange("rejected")),
        (#""bad_id":1"#, #""<b>":1"#, .outOfRange("rejected")),
        (#"{"bad_id":1,"malformed":2}"#, "7", .wrongType("rejected")),
        (#""latency_buckets":[0"#, #""latency_buckets":[-1"#, .outOfRange("latency_buckets")),
        (#""latency_buckets":[0"#, #""latency_buckets":[{}"#, .wrongType("latency_buckets")),
        (#""latency_buckets":[0"#, #""latency_buckets":[0,0"#, .histogramLength),
        (#""latency_buckets":[0,"#, #""latency_buckets":["#, .histogramLength),
        (
            #""started_at":"2025-06-15T15:06:40Z""#, #""started_at":"soon""#,
            .outOfRange("started_at")
        ),
        (#""stopping":true"#, #""stopping":1"#, .wrongType("stopping")),
        (#""stopping":true"#, #""stopping":true,"stopping":true"#, .malformed),
        (#""stopping":true}"#, #""stopping":true}x"#, .malformed),
        (#""build":"0.1.0""#, #""build":"0.1.0"#, .malformed),
    ])
    func `what breaks a rule is refused with its name`(
        piece: String,
        replacement: String,
        expected: StatsMessageError
    ) {
        #expect(error(text(piece, replacement)) == expected)
        #expect(StatsMessageError.codes.contains(expected.code))
    }

    @Test(arguments: ["", " ", "[]", "null", "{", "{}x", "\u{FEFF}{}", "{\"pod_id\":\"\\u0000\"}"])
    func `what is not one object of strict JSON is malformed`(text: String) {
        #expect(error(text) == .malformed)
    }

    @Test
    func `names, reasons and bodies have a longest`() {
        func pod(_ length: Int) -> String {
            text(#""backend-1""#, "\"\(String(repeating: "a", count: length))\"")
        }
        #expect(error(pod(253)) == nil)
        #expect(error(pod(254)) == .outOfRange("pod_id"))
        func reasons(_ count: Int) -> String {
            text(
                #"{"bad_id":1,"malformed":2}"#,
                "{" + (0..<count).map { "\"r\($0)\":1" }.joined(separator: ",") + "}"
            )
        }
        #expect(error(reasons(64)) == nil)
        #expect(error(reasons(65)) == .tooManyReasons)
        let padding = StatsMessage.bodyBytesMax - text.utf8.count
        #expect(error(text + String(repeating: " ", count: padding)) == nil)
        #expect(error(text + String(repeating: " ", count: padding + 1)) == .tooLarge)
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func `damaged messages are refused or read, and the decoder goes on`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let sound = StatsMessage.body(Self.full)
        for _ in 0..<2_000 {
            var body = sound
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<body.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: body[index] = UInt8.random(in: .min ... .max, using: &generator)
                case 1: body.remove(at: index)
                default: body.insert(body[index], at: index)
                }
            }
            if let stats = try? unsafe decoder.decode(body.span.bytes) {
                #expect(stats.totalBets >= 0, "seed \(seed)")
            }
        }
        let again = try unsafe decoder.decode(sound.span.bytes)
        #expect(again == Self.full)
    }
}

extension String {
    fileprivate func replacingCharacters(_ range: Range<Index>, _ text: String) -> String {
        self[..<range.lowerBound] + text + self[range.upperBound...]
    }
}
