import Betting
package import Statistics
import Telemetry

/// A pod's figures as the JSON of `stats.update.<pod>.<boot>`. The names of the original engine
/// come first; values are exact decimals.
package enum StatsMessage {
    /// A longer body is refused unread; a full one has about 2 KiB.
    package static let bodyBytesMax = 16_384
    package static let podIDBytesMax = 253
    package static let bootIDBytesMax = 64
    package static let buildBytesMax = 64
    package static let reasonsMax = 64
    package static let reasonBytesMax = 32
    /// No count of one start is larger, so that sums over 100,000 starts cannot overflow.
    package static let countMax: Int64 = 10_000_000_000_000
    /// The same for a sum of stakes, in 10⁻⁸.
    package static let valueUnitsMax = Int128(1_000_000_000_000_000) * 1_000_000_000_000_000

    /// The subject: characters other than letters and digits become `_`.
    package static func subject(podID: String, bootID: String) -> String {
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

    /// The body; `stopping` is there only when it is true, in the last message of a start.
    package static func body(_ stats: PodStats) -> [UInt8] {
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
        if stats.isStopping { json.field("stopping", true) }
        json.endObject()
        return Array(json.text.utf8)
    }
}
