import BetStore
import JetStream
import PostgresClient
import RedisClient
import ServiceKit
import Telemetry
import Topology

/// What the process that keeps up the stream does at each look, and what it keeps in between.
struct UpkeepRound {
    /// Time a look may spend on trimming.
    private static let trimTimeMax = Duration.seconds(2)
    /// A trimmer's connection is given up when it was not needed for this long.
    private static let trimmerIdleMax = Duration.seconds(60)
    private static let gapsEvery = Duration.seconds(5)
    private static let othersEvery = Duration.seconds(60)
    /// A delivery has had its chance after so many ack waits.
    private static let ackWaits: Int64 = 3
    /// Sequences behind the last complete one in which a look searches for gaps.
    private static let lookedAtMax: Int64 = 1 << 18
    /// Sequences in one stretch of the patrol.
    private static let patrolSize: Int64 = 1 << 16
    /// Gaps of an earlier stream that are written down in one look.
    private static let rangesMax = 10_000

    private let parts: UpkeepLoop.Parts
    private let topology: Topology
    private let isStopping: () -> Bool
    private var postgres: PostgresConnection?
    private var filler: GapFiller?
    private var trimmer: (trimmer: StreamTrimmer, connection: NATSConnection)?
    private var trimmedAt = ContinuousClock.now
    private var gapsAt: ContinuousClock.Instant?
    private var othersAt: ContinuousClock.Instant?
    /// Something came back since the totals were last known to be right.
    private var mustCorrect = false
    /// Where the patrol goes on.
    private var patrol: Int64 = 0

    init(
        _ parts: UpkeepLoop.Parts,
        _ topology: Topology,
        isStopping: @escaping () -> Bool
    ) {
        self.parts = parts
        self.topology = topology
        self.isStopping = isStopping
    }

    /// Gives up the lock and the connections.
    mutating func reset() {
        trimmer?.connection.close()
        trimmer = nil
        filler = nil
        guard let postgres else { return }
        postgres.close()
        self.postgres = nil
        parts.metrics.isConnected(.upkeep, false)
    }

    /// - Parameters:
    ///   - stream: as it is now.
    ///   - consumer: asked for after the stream.
    mutating func run(_ stream: StreamInfo, _ consumer: ConsumerInfo) throws {
        guard let postgres = try session() else { return }
        let gaps = OutcomeGaps(epoch: parts.epoch, postgres)
        let through = try gaps.advance()
        let settled = StreamTrimmer.settled(consumer, last: stream.lastSequence)
        try trim(stream, dispensable: min(settled, UInt64(clamping: through)))
        let now = ContinuousClock.now
        if gapsAt.map({ $0.duration(to: now) >= Self.gapsEvery }) ?? true {
            gapsAt = now
            try gaps.forgetPassedBlocks()
            try fill(gaps, postgres, stream, through, Int64(clamping: settled))
            try correct(postgres)
        }
        if othersAt.map({ $0.duration(to: now) >= Self.othersEvery }) ?? true {
            othersAt = now
            try recordOthers(gaps, postgres)
        }
    }

    /// The session that holds the lock; nil when another process does.
    private mutating func session() throws -> PostgresConnection? {
        if let postgres { return postgres }
        let new = try EpochRegistry.connect(parts.configuration.postgres, epoch: parts.epoch)
        guard try SharedLock.upkeep.take(new) else {
            defer { new.close() }
            if try SharedLock.upkeep.endSilentHolder(new) {
                parts.logger.warning("who kept up the stream stood still: relieved")
            }
            return nil
        }
        postgres = new
        parts.metrics.isConnected(.upkeep, true)
        return new
    }

    // MARK: Room in the stream

    private mutating func trim(_ stream: StreamInfo, dispensable: UInt64) throws {
        guard StreamTrimmer.fill(stream) >= StreamTrimmer.fullShare else {
            if let trimmer, trimmedAt.duration(to: .now) > Self.trimmerIdleMax {
                trimmer.connection.close()
                self.trimmer = nil
            }
            return
        }
        let bytesLeft = Double(stream.configuration.maxBytes) * StreamTrimmer.emptyShare
        let begin = ContinuousClock.now
        var freed: UInt64 = 0
        while begin.duration(to: .now) < Self.trimTimeMax, !isStopping() {
            let step = try opened().step(
                dispensable: dispensable,
                bytesLeft: UInt64(max(bytesLeft, 0)),
                keeping: .zero
            )
            guard case .freed(let count) = step, count > 0 else { break }
            freed += count
        }
        trimmedAt = .now
        parts.metrics.trimmed.add(Int(clamping: freed))
        parts.logger.debug("trimmed the stream", ["freed": freed, "dispensable": dispensable])
    }

    private mutating func opened() throws(JetStreamError) -> StreamTrimmer {
        if let trimmer { return trimmer.trimmer }
        let connection = try NATSConnection(
            StreamTrimmer.configuration(parts.configuration.nats)
        ) { _ in }
        let new = try StreamTrimmer(topology, connection)
        trimmer = (new, connection)
        return new
    }

    // MARK: Gaps

    /// Looks at what follows `through`, where a gap shows first, and at the next stretch of what
    /// lies below, where rows can only be missing when somebody took them away.
    private mutating func fill(
        _ gaps: OutcomeGaps,
        _ postgres: PostgresConnection,
        _ stream: StreamInfo,
        _ through: Int64,
        _ settled: Int64
    ) throws {
        if settled > through {
            let last = min(settled, through + Self.lookedAtMax)
            try fill(in: (through + 1)...last, postgres, settled)
        }
        let first = max(Int64(clamping: stream.firstSequence), 1)
        if patrol < first || patrol > through { patrol = first }
        if patrol <= through {
            let last = min(through, patrol + Self.patrolSize - 1)
            try fill(in: patrol...last, postgres, settled)
            patrol = last + 1
        }
    }

    private mutating func fill(
        in range: ClosedRange<Int64>,
        _ postgres: PostgresConnection,
        _ settled: Int64
    ) throws {
        let filler = self.filler ?? newFiller()
        self.filler = filler
        let ackWait = Int64(parts.configuration.topology.ackWaitSeconds) * 1_000_000_000
        let repair = GapRepair(epoch: parts.epoch, filler: filler, on: postgres)
        let summary = try repair.run(
            in: range,
            settled: settled,
            olderThan: wallClockNanoseconds() - ackWait * Self.ackWaits
        ) { result in
            mustCorrect = true
            parts.counters.committed(result)
            parts.metrics.gapsFilled.add(
                result.storedCount + result.duplicateCount + result.rejectedCount
            )
            return !isStopping()
        }
        tell(summary)
    }

    private mutating func correct(_ postgres: PostgresConnection) throws {
        guard mustCorrect, !isStopping() else { return }
        let report = try TotalsCorrection.run(postgres)
        mustCorrect = false
        guard report.podRows + report.gameRows > 0 else { return }
        parts.logger.warning(
            "totals had counted what came back all along: corrected",
            ["starts": report.podRows, "markets": report.gameRows]
        )
    }

    private func newFiller() -> GapFiller {
        GapFiller(
            connection: parts.connection,
            epoch: parts.epoch,
            boot: parts.boot,
            limits: parts.configuration.betLimits,
            projection: OddsProjection(RedisClient(parts.configuration.redis))
        )
    }

    private func tell(_ summary: GapRepair.Summary) {
        if summary.filled.filled > 0 {
            parts.logger.warning(
                "sequences that had lost their outcome have it again",
                [
                    "stored": summary.filled.stored, "duplicate": summary.filled.duplicates,
                    "rejected": summary.filled.rejected,
                ]
            )
        }
        if summary.lost > 0 {
            parts.logger.error(
                "sequences without an outcome are gone from the stream: lost for good",
                ["sequences": summary.lost]
            )
        }
    }

    /// Streams that are gone can fill no gap.
    private func recordOthers(_ gaps: OutcomeGaps, _ postgres: PostgresConnection) throws {
        for (epoch, ranges) in try gaps.gapsOfOtherEpochs(rangesMax: Self.rangesMax) {
            let other = OutcomeGaps(epoch: epoch, postgres)
            for range in ranges { try other.recordLost(range) }
        }
        try gaps.forgetFound()
        parts.metrics.sequencesLost.set(Int(clamping: try gaps.lostCount()))
    }
}
