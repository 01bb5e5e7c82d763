import Betting
import Statistics
import Telemetry

/// A pod's figures as the JSON of `stats.update.<pod>.<boot>`. The names of the original engine
/// come first; values are exact decimals.
enum StatsMessage {
    /// The subject: characters other than letters and digits become `_`.
    static func subject(podID: String, bootID: String) -> String {
        "stats.update.\(token(podID)).\(token(bootID))"
    }

    private static func token(_ text: String) -> String {
        String(
            text.unicodeScalars.map { scalar in
                scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
                    ? Character(scalar) : "_"
            }
        )
    }

    static func body(_ stats: PodStats) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.field("pod_id", stats.podID)
        json.field("boot_id", stats.bootID)
        json.field("epoch", stats.epoch)
        json.field("version", stats.version)
        json.field("total_bets", stats.totalBets)
        json.field("total_value", rawNumber: "\(MoneySum(units: stats.totalValueUnits))")
        json.field("db_failures", stats.databaseFailures)
        json.field("redis_failures", stats.redisFailures)
        json.field("odds_updates", stats.oddsUpdates)
        json.field("duplicates", stats.duplicates)
        json.beginObject("rejected")
        for (reason, count) in stats.rejected.sorted(by: { $0.key < $1.key }) {
            json.field(reason, count)
        }
        json.endObject()
        json.field("redeliveries", stats.redeliveries)
        json.beginArray("latency_buckets")
        for count in stats.latency.counts { json.element(rawNumber: String(count)) }
        json.endArray()
        json.field("started_at", Timestamp(microseconds: stats.startedAt).description)
        json.field("sent_at", Timestamp(microseconds: stats.sentAt).description)
        json.field("build", stats.build)
        json.endObject()
        return Array(json.text.utf8)
    }
}
