import BetStore
import Betting
import Glibc
import Ingest
import JetStream
import PostgresClient
import RedisClient
import ServiceKit
import Topology

/// `betctl fill-gaps`
struct FillGapsCommand: Command {
    static let name = "fill-gaps"
    static let usage = """
        betctl fill-gaps
            give every sequence that was acknowledged and has no outcome (a restored backup, a late
            standby, deleted rows) its outcome again, from the stream, and correct the totals.
            Backends do so by themselves, sooner or later. Exit 1 when sequences are lost for good
        """

    private static let ackWaits: Int64 = 3
    private static let nanosecondsPerSecond: Int64 = 1_000_000_000

    init(_ arguments: [String]) throws(UsageError) {
        _ = try Arguments(arguments)
    }

    func run(in session: Session) throws -> ExitStatus {
        let (connection, manager) = try session.nats()
        defer { connection.close() }
        let postgres = try session.postgres()
        defer { postgres.close() }
        guard let stream = try manager.streamInfo(Topology.betsStream),
            let consumer = try manager.consumerInfo(
                stream: Topology.betsStream,
                consumer: Topology.betsConsumer
            )
        else { throw CommandFailure("stream or consumer is not there: run `betctl streams`") }
        let epoch = stream.createdNanoseconds
        guard try EpochRegistry.knows(epoch, on: postgres) else {
            throw CommandFailure("the database does not know this stream: run `betctl streams`")
        }
        let settled = Int64(clamping: StreamTrimmer.settled(consumer, last: stream.lastSequence))
        let filler = GapFiller(
            connection: connection,
            epoch: epoch,
            boot: Boot(podID: "betctl", bootID: Self.randomName()),
            limits: BetLimits(maxAmount: try session.maxBetAmount()),
            projection: OddsProjection(RedisClient(try session.redisConfiguration()))
        )
        let ackWait = Int64(try TopologySettings(session.environment).ackWaitSeconds)
        let now = try manager.serverNanoseconds(stream: Topology.betsStream)
        let gaps = OutcomeGaps(epoch: epoch, postgres)
        try gaps.forgetFound()
        var summary = GapRepair.Summary()
        if settled > 0 {
            summary = try GapRepair(epoch: epoch, filler: filler, on: postgres).run(
                in: 1...settled,
                settled: settled,
                olderThan: now - ackWait * Self.ackWaits * Self.nanosecondsPerSecond
            ) { _ in true }
        }
        let correction = try TotalsCorrection.run(postgres)
        return report(summary, correction, lost: try gaps.lostCount())
    }

    private func report(
        _ summary: GapRepair.Summary,
        _ correction: TotalsCorrection.Report,
        lost: Int64
    ) -> ExitStatus {
        let filled = summary.filled
        print(
            "\(summary.missing) sequences without an outcome: \(filled.stored) stored, "
                + "\(filled.duplicates) duplicate, \(filled.rejected) rejected, "
                + "\(filled.young) too young, \(summary.lost) lost"
        )
        if correction.podRows + correction.gameRows > 0 {
            print(
                "totals corrected: \(correction.podRows) of pods, \(correction.gameRows) of games"
            )
        }
        guard lost > 0 else { return .success }
        print("\(lost) sequences are lost for good: the stream no longer has them")
        return .failure
    }

    private static func randomName() -> String {
        String(UInt64.random(in: .min ... .max), radix: 16)
    }
}

extension Session {
    /// The limit that backends have, from `MAX_BET_AMOUNT`.
    fileprivate func maxBetAmount() throws -> Money {
        guard let text = environment.string("MAX_BET_AMOUNT") else { return BetLimits().maxAmount }
        guard let amount = try? Money(decimal: text), amount > .zero else {
            throw ConfigurationError("MAX_BET_AMOUNT=\(text): an amount above 0 is wanted")
        }
        return amount
    }
}
