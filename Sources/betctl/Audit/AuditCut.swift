import Glibc
import JetStream
import PostgresClient
import Topology

/// The point an audit is about: everything published before it was taken.
struct AuditCut {
    /// When `bets_stream` was created, nanoseconds since 1970.
    let epoch: Int64
    /// The oldest sequence the stream still holds.
    let first: Int64
    /// The newest sequence at the time of the cut.
    let last: Int64

    /// What became of the wait for the outcomes up to the cut.
    enum Arrival: Equatable {
        case complete
        /// Sequences without an outcome that may still get one; says why.
        case open(missing: Int64, why: String)
        /// Sequences without an outcome that nothing will bring any more.
        case lost(missing: Int64)
    }

    private static let pollMicroseconds: UInt32 = 200_000
    /// So long the consumer must be at rest before an absent outcome counts as lost.
    private static let rest = Duration.seconds(2)

    /// Polls until every sequence up to the cut has an outcome.
    func awaitOutcomes(
        _ manager: JetStreamManager,
        _ postgres: PostgresConnection,
        until deadline: ContinuousClock.Instant
    ) throws -> Arrival {
        var restingSince: ContinuousClock.Instant?
        while true {
            // Read before the tables: what is acknowledged then has its outcome in them.
            let consumer = try manager.consumerInfo(
                stream: Topology.betsStream,
                consumer: Topology.betsConsumer
            )
            let missing = try last - outcomeCount(postgres)
            if missing <= 0 { return .complete }
            if let consumer {
                if consumer.ackFloor.streamSequence >= UInt64(last) {
                    return .lost(missing: missing)
                }
                let isResting = consumer.pending == 0 && consumer.ackPending == 0
                restingSince = isResting ? restingSince ?? .now : nil
                if let restingSince, restingSince.duration(to: .now) > Self.rest {
                    return .lost(missing: missing)
                }
            }
            if ContinuousClock.now >= deadline {
                return .open(missing: missing, why: state(of: consumer))
            }
            usleep(Self.pollMicroseconds)
        }
    }

    /// Outcomes of the epoch up to the cut, in all three tables. What the maintenance has found
    /// complete is not counted again.
    private func outcomeCount(_ postgres: PostgresConnection) throws -> Int64 {
        let row = try postgres.query(
            """
            WITH known AS (
                SELECT coalesce(max(outcomes_through), 0) AS through
                FROM stream_epochs WHERE epoch = $1::bigint),
            span AS (SELECT least(through, $2::bigint) AS through FROM known)
            SELECT through
                + (SELECT count(*) FROM bets WHERE stream_epoch = $1::bigint
                    AND stream_seq > through AND stream_seq <= $2::bigint)
                + (SELECT count(*) FROM duplicate_bets WHERE stream_epoch = $1::bigint
                    AND stream_seq > through AND stream_seq <= $2::bigint)
                + (SELECT count(*) FROM rejected_bets WHERE stream_epoch = $1::bigint
                    AND stream_seq > through AND stream_seq <= $2::bigint)
            FROM span
            """,
            [.int64(epoch), .int64(last)]
        )
        return try row.int64(0, 0)
    }

    private func state(of consumer: ConsumerInfo?) -> String {
        guard let consumer else { return "\(Topology.betsConsumer) is not there" }
        let waiting = "\(consumer.pending) not delivered, \(consumer.ackPending) not answered"
        return consumer.isPushBound ? waiting : waiting + ", no backend in the group"
    }
}
