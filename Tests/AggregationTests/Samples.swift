import Aggregation
import JetStream
import Statistics

/// Samples at seconds after some start.
struct Samples {
    static let epoch: Int64 = 7

    let start = ContinuousClock.now

    func moment(_ seconds: Double) -> Moment {
        Moment(
            steady: start + .seconds(seconds),
            wallMicroseconds: 1_750_000_000_000_000 + Int64(seconds * 1_000_000)
        )
    }

    func stream(
        _ seconds: Double,
        published: UInt64,
        delivered: UInt64? = nil,
        pending: UInt64 = 0,
        ackPending: Int = 0,
        isBound: Bool = true,
        epoch: Int64 = Self.epoch
    ) -> StreamSample {
        var sample = StreamSample(begunAt: start + .seconds(seconds))
        var configuration = StreamConfiguration(name: "bets_stream", subjects: ["bets"])
        configuration.maxBytes = 1_000_000
        var bets = StreamInfo(configuration: configuration, createdNanoseconds: epoch)
        bets.lastSequence = published
        bets.messages = published
        bets.firstSequence = 1
        bets.bytes = published * 100
        sample.bets = bets
        var wanted = ConsumerConfiguration(durable: "bets_consumer")
        wanted.ackWaitMilliseconds = 10_000
        var consumer = ConsumerInfo(configuration: wanted, createdNanoseconds: epoch)
        consumer.delivered.streamSequence = delivered ?? published - pending
        consumer.pending = pending
        consumer.ackPending = ackPending
        consumer.isPushBound = isBound
        sample.consumer = consumer
        return sample
    }

    func database(
        _ seconds: Double,
        stored: Int64,
        duplicates: Int64 = 0,
        rejected: Int64 = 0,
        lost: Int64 = 0,
        oldest: Int64? = nil,
        horizon: Int64 = 0,
        lostEnd: String? = nil,
        epoch: Int64 = Self.epoch
    ) -> DatabaseSample {
        var sample = DatabaseSample(begunAt: start + .seconds(seconds), epoch: epoch)
        sample.stored = stored
        sample.duplicates = duplicates
        sample.rejected = rejected
        sample.lost = lost
        sample.betRows = stored
        sample.horizon = horizon
        sample.lostEnd = lostEnd
        sample.oldestUnresolved = oldest
        return sample
    }

    func odds(_ seconds: Double, _ total: Int64?) -> OddsSample {
        OddsSample(begunAt: start + .seconds(seconds), total: total)
    }

    func report(
        _ pod: String = "p",
        _ boot: String = "b",
        bets: Int64,
        sentAt: Int64 = 1,
        epoch: Int64 = Self.epoch
    ) -> PodStats {
        var stats = PodStats(podID: pod, bootID: boot, epoch: epoch)
        stats.version = bets
        stats.totalBets = bets
        stats.totalValueUnits = Int128(bets) * 50_500_000_000
        stats.sentAt = sentAt
        return stats
    }
}
