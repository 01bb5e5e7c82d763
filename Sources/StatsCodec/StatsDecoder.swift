import Betting
package import Statistics

/// Reads the messages of `stats.update` and below. Owns a parser and its buffers.
///
/// Not Sendable: one decoder for each thread that decodes, or behind a lock.
package final class StatsDecoder {
    /// Stands for reasons this build does not know: a newer backend's.
    package static let otherReason = "other"

    private var reader = StatsReader(bodyBytesMax: StatsMessage.bodyBytesMax)

    package init() {}

    /// Reads one body, which is borrowed for the call. Fields that no message has are ignored.
    ///
    /// Without `boot_id` it is a message of the original engine: `pod_id`, `total_bets`,
    /// `total_value` (a binary float there: decimals beyond the eighth are cut off), `db_failures`
    /// and `redis_failures`; it comes back with `PodStats.seedBootID`, epoch 0 and version 0.
    package func decode(_ body: RawSpan) throws(StatsMessageError) -> PodStats {
        guard body.byteCount <= StatsMessage.bodyBytesMax else { throw .tooLarge }
        let fields = try reader.read(body)
        return fields[.bootID].kind == .absent ? try seedStats(fields) : try stats(fields)
    }

    private func stats(_ fields: StatsFields) throws(StatsMessageError) -> PodStats {
        var stats = PodStats(
            podID: try fields[.podID].name(.podID, bytesMax: StatsMessage.podIDBytesMax),
            bootID: try fields[.bootID].name(.bootID, bytesMax: StatsMessage.bootIDBytesMax),
            epoch: try fields[.epoch].integer(.epoch, in: 1...Int64.max)
        )
        stats.version = try count(fields, .version)
        stats.totalBets = try count(fields, .totalBets)
        stats.totalValueUnits = try fields[.totalValue].units(.totalValue, isExact: true)
        stats.databaseFailures = try count(fields, .databaseFailures)
        stats.redisFailures = try count(fields, .redisFailures)
        stats.oddsUpdates = try count(fields, .oddsUpdates)
        stats.duplicates = try count(fields, .duplicates)
        stats.rejected = try rejected(fields)
        stats.redeliveries = try count(fields, .redeliveries)
        stats.latency = try latency(fields)
        stats.startedAt = try fields[.startedAt].time(.startedAt)
        stats.sentAt = try fields[.sentAt].time(.sentAt)
        stats.build = try fields[.build].name(.build, bytesMax: StatsMessage.buildBytesMax)
        stats.isStopping = try fields[.stopping].flag(.stopping)
        return stats
    }

    private func seedStats(_ fields: StatsFields) throws(StatsMessageError) -> PodStats {
        var stats = PodStats(
            podID: try fields[.podID].name(.podID, bytesMax: StatsMessage.podIDBytesMax),
            bootID: PodStats.seedBootID,
            epoch: 0
        )
        stats.totalBets = try count(fields, .totalBets)
        stats.totalValueUnits = try fields[.totalValue].units(.totalValue, isExact: false)
        stats.databaseFailures = try count(fields, .databaseFailures)
        stats.redisFailures = try count(fields, .redisFailures)
        return stats
    }

    private func count(
        _ fields: StatsFields,
        _ name: StatsFieldName
    ) throws(StatsMessageError) -> Int64 {
        try fields[name].integer(name, in: 0...StatsMessage.countMax)
    }

    private func rejected(_ fields: StatsFields) throws(StatsMessageError) -> [String: Int64] {
        try fields[.rejected].expect(.object, .rejected)
        guard fields.reasonCount <= StatsMessage.reasonsMax else { throw .tooManyReasons }
        var rejected: [String: Int64] = [:]
        var total: Int64 = 0
        for index in 0..<fields.reasonCount {
            let (name, field) = fields.reason(index)
            let text = try name.name(.rejected, bytesMax: StatsMessage.reasonBytesMax)
            let reason = RejectionReason(rawValue: text)?.rawValue ?? Self.otherReason
            let count = try field.integer(.rejected, in: 0...StatsMessage.countMax - total)
            rejected[reason, default: 0] += count
            total += count
        }
        return rejected
    }

    private func latency(_ fields: StatsFields) throws(StatsMessageError) -> LatencyHistogram {
        try fields[.latencyBuckets].expect(.array, .latencyBuckets)
        guard fields.bucketCount == LatencyHistogram.bucketCount else { throw .histogramLength }
        var counts: [UInt64] = []
        counts.reserveCapacity(fields.bucketCount)
        for index in 0..<fields.bucketCount {
            counts.append(
                UInt64(
                    try fields.bucket(index).integer(
                        .latencyBuckets,
                        in: 0...StatsMessage.countMax
                    )
                )
            )
        }
        guard let histogram = LatencyHistogram(counts: counts) else { throw .histogramLength }
        return histogram
    }
}
