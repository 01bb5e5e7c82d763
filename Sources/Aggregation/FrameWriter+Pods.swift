import Betting
import Statistics
import Telemetry

/// The table of pods, last in the frame: as many as there is room for.
extension FrameWriter {
    /// What follows the last pod.
    private static let endBytes = 2

    func writePods(_ content: FrameContent, _ json: inout JSONWriter) {
        json.field("pods_total", content.fleet.podsTotal)
        json.beginArray("pods")
        for pod in content.fleet.pods.prefix(Self.podsMax) {
            let text = object(pod, at: content.moment)
            let room = Self.bytesMax - Self.endBytes - json.text.utf8.count
            guard text.utf8.count + 1 <= room else { break }
            json.element(rawNumber: text)
        }
        json.endArray()
    }

    private func object(_ pod: PodFigures, at moment: Moment) -> String {
        let stats = pod.stats
        let silentMicroseconds = Int64(pod.silence / .microseconds(1))
        var json = JSONWriter()
        json.beginObject()
        json.field("pod_id", stats.podID)
        json.field("boot_id", stats.bootID)
        json.field("state", pod.state.rawValue)
        json.field("total_bets", stats.totalBets)
        json.field("total_value_text", fixedDecimal(stats.totalValueUnits))
        json.field("bets_per_second", rounded: pod.betsPerSecond)
        json.field("db_failures", stats.databaseFailures)
        json.field("redis_failures", stats.redisFailures)
        json.field("odds_updates", stats.oddsUpdates)
        json.field("duplicates", stats.duplicates)
        json.field("rejected", stats.rejectedTotal)
        json.field("redeliveries", stats.redeliveries)
        json.field("p50_ms", milliseconds: pod.p50Microseconds)
        json.field("p99_ms", milliseconds: pod.p99Microseconds)
        json.field("build", stats.build)
        json.field("version", stats.version)
        if stats.startedAt > 0 {
            json.field("started_at", time(stats.startedAt))
        } else {
            json.field("started_at", rawNumber: "null")
        }
        json.field("last_seen_at", time(moment.wallMicroseconds - silentMicroseconds))
        json.field("silent_seconds", rounded: pod.silence / .seconds(1), decimals: 1)
        json.endObject()
        return json.text
    }
}

/// RFC 3339 in UTC.
func time(_ microseconds: Int64) -> String { Timestamp(microseconds: microseconds).description }

/// A sum of money with all its eight decimals.
func fixedDecimal(_ units: Int128) -> String {
    let (whole, fraction) = units.magnitude.quotientAndRemainder(dividingBy: 100_000_000)
    let digits = String(fraction)
    let sign = units < 0 ? "-" : ""
    return "\(sign)\(whole)." + String(repeating: "0", count: 8 - digits.count) + digits
}

extension JSONWriter {
    /// The number, or null.
    mutating func field(_ key: String, optional value: Int64?) {
        field(key, rawNumber: value.map(String.init) ?? "null")
    }

    /// The number rounded, or null for nil and what JSON cannot say.
    mutating func field(_ key: String, rounded value: Double?, decimals: Int = 3) {
        guard let value, value.isFinite else {
            field(key, rawNumber: "null")
            return
        }
        let scale = (0..<decimals).reduce(1.0) { scale, _ in scale * 10 }
        field(key, rawNumber: ((value * scale).rounded() / scale).description)
    }

    mutating func field(_ key: String, milliseconds microseconds: Int64?) {
        field(key, rounded: microseconds.map { Double($0) / 1_000 })
    }
}
