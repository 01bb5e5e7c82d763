import BetCodec
package import BetStore
package import Betting
package import JetStream
package import PostgresClient
import Topology

/// Gives sequences that have no outcome the one they should have: their messages are fetched from
/// the stream again and handled like a delivery. Belongs to one thread.
///
/// Bets lose their outcome when a database is restored from a backup, when a standby that had fallen
/// behind takes over, and when somebody deletes rows. What another process stores meanwhile is met
/// as a redelivery and adds nothing.
package final class GapFiller {
    /// What became of the sequences.
    package struct Report: Sendable, Equatable {
        package var stored = 0
        package var duplicates = 0
        package var rejected = 0
        /// They had their outcome by the time they were written.
        package var done = 0
        /// Messages so young that their delivery may be under way.
        package var young = 0
        /// Messages the stream no longer has.
        package var gone: [ClosedRange<Int64>] = []

        package init() {}

        /// Outcomes that there were not before.
        package var filled: Int { stored + duplicates + rejected }

        mutating func add(_ result: BatchResult) {
            stored += result.storedCount
            duplicates += result.duplicateCount
            rejected += result.rejectedCount
            done += result.redeliveredCount
        }
    }

    /// Messages in one transaction.
    private static let batchMax = 500
    private static let requestTimeoutMilliseconds = 5_000

    private let connection: NATSConnection
    private let manager: JetStreamManager
    private let epoch: Int64
    private let writer: BatchWriter
    private let originals: Originals
    private let decoder: BetDecoder
    private let projection: OddsProjection

    /// - Parameters:
    ///   - boot: under whose name the rows are written.
    ///   - projection: told of what was stored; when it cannot be, the maintenance finds out.
    package init(
        connection: NATSConnection,
        epoch: Int64,
        boot: Boot,
        limits: BetLimits,
        projection: OddsProjection
    ) {
        self.connection = connection
        manager = JetStreamManager(
            connection,
            timeoutMilliseconds: Self.requestTimeoutMilliseconds
        )
        self.epoch = epoch
        let originals = Originals()
        self.originals = originals
        writer = BatchWriter(boot: boot) { originals.messages[$0] }
        decoder = BetDecoder(limits: limits)
        self.projection = projection
    }

    /// The messages of the batch under way.
    private final class Originals {
        var messages: [Int64: RawMessage] = [:]
    }

    /// Fetches and writes the sequences of `ranges`, in batches.
    ///
    /// - Parameters:
    ///   - olderThan: nanoseconds since 1970; messages stored later are left alone.
    ///   - committed: told after each batch; returns whether to go on.
    /// - Throws: `JetStreamError`, `PostgresError`; what was written before stays written.
    package func fill(
        _ ranges: [ClosedRange<Int64>],
        olderThan limit: Int64,
        on postgres: PostgresConnection,
        committed: (BatchResult) -> Bool
    ) throws -> Report {
        var report = Report()
        var batch = BetBatch(epoch: epoch)
        guard let stream = try manager.streamInfo(Topology.betsStream),
            stream.createdNanoseconds == epoch
        else { throw JetStreamError.notFound(Topology.betsStream) }
        let first = Int64(clamping: stream.firstSequence)
        for range in ranges {
            if range.lowerBound < first {
                report.gone.append(range.lowerBound...min(range.upperBound, first - 1))
            }
            guard range.upperBound >= first else { continue }
            for sequence in max(range.lowerBound, first)...range.upperBound {
                try fetch(sequence, olderThan: limit, into: &batch, &report)
                guard batch.count >= Self.batchMax else { continue }
                guard try write(&batch, on: postgres, &report, committed) else { return report }
            }
        }
        _ = try write(&batch, on: postgres, &report, committed)
        return report
    }

    private func fetch(
        _ sequence: Int64,
        olderThan limit: Int64,
        into batch: inout BetBatch,
        _ report: inout Report
    ) throws(JetStreamError) {
        let message = try manager.message(
            stream: Topology.betsStream,
            sequence: UInt64(clamping: sequence)
        )
        guard let message else {
            report.gone.append(sequence...sequence)
            return
        }
        guard message.timestampNanoseconds < limit else {
            report.young += 1
            return
        }
        let raw = RawMessage(
            subject: message.subject,
            headers: message.headers,
            body: message.body,
            publishedAt: Timestamp(microseconds: message.timestampNanoseconds / 1_000)
        )
        do {
            batch.append(
                try decode(message),
                sequence: sequence,
                publishedAt: raw.publishedAt
            )
            originals.messages[sequence] = raw
        } catch {
            batch.rejected.append(
                RejectedMessage(
                    sequence: sequence,
                    reason: error.reason,
                    detail: error.detail,
                    message: raw
                )
            )
        }
    }

    private func decode(_ message: StoredMessage) throws(BetRejection) -> Bet {
        let header = message.headers.first {
            $0.name.lowercased() == ContentType.headerName.lowercased()
        }
        guard let type = ContentType(headerValue: header?.value) else {
            throw BetRejection(.contentType, "Content-Type is neither JSON nor Protocol Buffers")
        }
        return try unsafe decoder.decode(message.body.span.bytes, as: type)
    }

    /// Returns whether to go on.
    private func write(
        _ batch: inout BetBatch,
        on postgres: PostgresConnection,
        _ report: inout Report,
        _ committed: (BatchResult) -> Bool
    ) throws(PostgresError) -> Bool {
        guard !batch.isEmpty else { return true }
        let result = try writer.write(batch, on: postgres)
        batch = BetBatch(epoch: epoch)
        originals.messages.removeAll(keepingCapacity: true)
        report.add(result)
        if let delta = try? OddsDelta(result) { _ = try? projection.apply(delta) }
        for message in result.rejected {
            // The row is the record; a copy may be missing or come twice.
            try? DeadLetter.publish(message, epoch: epoch, on: connection)
        }
        return committed(result)
    }
}
