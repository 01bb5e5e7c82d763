import BetStore
import JetStream
import PostgresClient
import ServiceKit
import Topology

/// `betctl streams trim`
struct StreamTrim {
    let session: Session
    /// Nothing younger than this goes.
    let keep: Duration

    func run() throws -> ExitStatus {
        let topology = Topology(try TopologySettings(session.environment))
        let connection = try NATSConnection(
            StreamTrimmer.configuration(try session.natsConfiguration())
        ) { _ in }
        defer { connection.close() }
        let manager = JetStreamManager(connection)
        let postgres = try session.postgres()
        defer { postgres.close() }
        guard let stream = try manager.streamInfo(Topology.betsStream),
            let consumer = try manager.consumerInfo(
                stream: Topology.betsStream,
                consumer: Topology.betsConsumer
            )
        else { throw CommandFailure("stream or consumer is not there: run `betctl streams`") }
        if try topology.endTrim(of: stream.configuration, manager) {
            print("an earlier trim had not come to its end: max_age is what it was again")
        }
        let settled = StreamTrimmer.settled(consumer, last: stream.lastSequence)
        let through = try outcomesThrough(settled, stream, postgres)
        let dispensable = min(settled, UInt64(clamping: through))
        let trimmer = try StreamTrimmer(topology, connection)
        var freed: UInt64 = 0
        while case .freed(let count) = try trimmer.step(
            dispensable: dispensable,
            bytesLeft: 0,
            keeping: keep
        ), count > 0 {
            freed += count
        }
        try report(freed, dispensable, manager)
        return .success
    }

    /// Moves the mark of complete outcomes on as far as it goes.
    private func outcomesThrough(
        _ settled: UInt64,
        _ stream: StreamInfo,
        _ postgres: PostgresConnection
    ) throws -> Int64 {
        let gaps = OutcomeGaps(epoch: stream.createdNanoseconds, postgres)
        var through = try gaps.advance()
        while through < Int64(clamping: settled) {
            let next = try gaps.advance()
            guard next > through else { break }
            through = next
        }
        return through
    }

    private func report(
        _ freed: UInt64,
        _ dispensable: UInt64,
        _ manager: JetStreamManager
    ) throws {
        guard let left = try manager.streamInfo(Topology.betsStream) else { return }
        let percent = Int(StreamTrimmer.fill(left) * 100)
        print("freed \(freed) messages; \(left.messages) left, \(percent) % of the stream's size")
        if left.messages > 0, dispensable < left.lastSequence {
            print("needed still: everything after sequence \(dispensable)")
        }
    }
}
