package import JetStream

/// Frees room in `bets_stream` by lowering its max age for a moment: bets that are stored already
/// are what fills it. Never by a purge, which makes nats-server 2.9 forget what is in flight.
///
/// Belongs to one thread, and wants a connection of its own: the server does the work of a step on
/// the thread that reads the connection. After an error both are to be given up: what was not sent
/// must not be sent later, when the age means another moment.
package final class StreamTrimmer {
    /// What a step did.
    package enum Step: Sendable, Equatable {
        /// Messages that are gone now.
        case freed(UInt64)
        /// What is old enough to go is needed, or nothing is old enough.
        case nothing
    }

    /// From this share of its size on a stream is trimmed …
    package static let fullShare = 0.6
    /// … down to this one.
    package static let emptyShare = 0.5

    /// Messages of one step: the server needs some 5 µs for each, and its other work waits.
    private static let stepMessagesMax: UInt64 = 5_000
    private static let requestTimeoutMilliseconds = 5_000
    /// How old a look at the server's clock may be.
    private static let clockAgeMax = Duration.seconds(5)
    /// A server that answers later than this is not trusted to carry out a change in time.
    private static let stepPreparationMax = Duration.milliseconds(500)
    /// Attempts to give the stream its age back before that is left to others.
    private static let restoreAttemptsMax = 5

    private let topology: Topology
    private let manager: JetStreamManager
    private let update: PassingUpdate
    private var clock: (nanoseconds: Int64, at: ContinuousClock.Instant)?

    /// - Parameter connection: keeps nothing for a reconnect (`configuration` makes it so).
    package init(_ topology: Topology, _ connection: NATSConnection) throws(JetStreamError) {
        self.topology = topology
        update = try PassingUpdate(connection)
        manager = JetStreamManager(
            connection,
            timeoutMilliseconds: Self.requestTimeoutMilliseconds
        )
    }

    /// What a trimmer's own connection needs beside the addresses in `base`.
    package static func configuration(_ base: NATSConfiguration) -> NATSConfiguration {
        var configuration = base
        configuration.name += " trim"
        configuration.reconnectBufferBytes = 0
        configuration.failRequestsOnDisconnect = true
        return configuration
    }

    /// How full a stream is, 0 to 1; 0 for one without a limit.
    package static func fill(_ stream: StreamInfo) -> Double {
        guard stream.configuration.maxBytes > 0 else { return 0 }
        return Double(stream.bytes) / Double(stream.configuration.maxBytes)
    }

    /// The highest sequence that the consumer will not deliver again, as far as it can be told.
    ///
    /// - Parameter last: the stream's last sequence, asked for before the consumer.
    package static func settled(_ consumer: ConsumerInfo, last: UInt64) -> UInt64 {
        let isAtRest = consumer.pending == 0 && consumer.ackPending == 0
        return isAtRest ? last : consumer.ackFloor.streamSequence
    }

    /// Frees some of what is dispensable, the oldest first.
    ///
    /// - Parameters:
    ///   - dispensable: up to this sequence all have their outcome and are settled.
    ///   - bytesLeft: it stops when no more than this is left.
    ///   - keeping: nothing younger than this goes.
    /// - Throws: also when the max age could not be restored; whoever looks next does that
    ///   (`Topology.endTrim`).
    package func step(
        dispensable: UInt64,
        bytesLeft: UInt64,
        keeping: Duration
    ) throws(JetStreamError) -> Step {
        let begin = ContinuousClock.now
        guard let before = try manager.streamInfo(Topology.betsStream) else {
            throw .notFound(Topology.betsStream)
        }
        let lasting = topology.untrimmed(before.configuration)
        guard
            let age = try age(before, dispensable, bytesLeft, keeping),
            age < lasting.maxAgeNanoseconds || lasting.maxAgeNanoseconds == 0
        else { return .nothing }
        var passing = lasting
        passing.maxAgeNanoseconds = age
        // The server insists. Ids forgotten early are found by Postgres.
        passing.duplicateWindowNanoseconds = min(age, lasting.duplicateWindowNanoseconds)
        guard begin.duration(to: .now) < Self.stepPreparationMax else {
            throw .timeout(operation: "trim")
        }
        let after = try apply(passing, lasting)
        return .freed(after.firstSequence - min(before.firstSequence, after.firstSequence))
    }

    private func apply(
        _ passing: StreamConfiguration,
        _ lasting: StreamConfiguration
    ) throws(JetStreamError) -> StreamInfo {
        var failure: JetStreamError?
        do throws(JetStreamError) {
            try update.run(
                passing,
                then: lasting,
                timeoutMilliseconds: Self.requestTimeoutMilliseconds
            )
        } catch {
            failure = error
        }
        var attempts = 0
        while true {
            guard let info = try manager.streamInfo(Topology.betsStream) else {
                throw .notFound(Topology.betsStream)
            }
            if !Topology.isTrimming(info.configuration) {
                if let failure { throw failure }
                return info
            }
            attempts += 1
            guard attempts <= Self.restoreAttemptsMax else {
                throw .library(operation: "restore max_age", status: 0, text: "it does not last")
            }
            try manager.updateStream(lasting)
        }
    }

    private func age(
        _ stream: StreamInfo,
        _ dispensable: UInt64,
        _ bytesLeft: UInt64,
        _ keeping: Duration
    ) throws(JetStreamError) -> Int64? {
        guard stream.messages > 0, stream.bytes > bytesLeft, dispensable >= stream.firstSequence
        else { return nil }
        let averageBytes = max(stream.bytes / stream.messages, 1)
        let surplus = (stream.bytes - bytesLeft + averageBytes - 1) / averageBytes
        let count = min(surplus, Self.stepMessagesMax, dispensable - stream.firstSequence + 1)
        let wished = try time(of: stream.firstSequence + count, stream)
        let needed =
            dispensable < stream.lastSequence ? try time(of: dispensable + 1, stream) : nil
        let plan = TrimPlan(
            now: max(try serverNow(), stream.lastTimeNanoseconds),
            first: stream.firstTimeNanoseconds,
            wished: wished,
            needed: needed,
            keepNanoseconds: Int64(keeping / .nanoseconds(1))
        )
        return plan.ageNanoseconds
    }

    /// When a message was stored; for one that is not there yet, when the last one was, and a bit.
    private func time(of sequence: UInt64, _ stream: StreamInfo) throws(JetStreamError) -> Int64 {
        guard sequence <= stream.lastSequence else { return stream.lastTimeNanoseconds + 1 }
        let message = try manager.message(stream: Topology.betsStream, sequence: sequence)
        // Gone in this moment: then so is everything before it.
        return message?.timestampNanoseconds ?? stream.firstTimeNanoseconds
    }

    /// The server's clock, or a little later: an age that is too large frees less.
    private func serverNow() throws(JetStreamError) -> Int64 {
        if let clock, clock.at.duration(to: .now) < Self.clockAgeMax {
            return clock.nanoseconds + Int64(clock.at.duration(to: .now) / .nanoseconds(1))
        }
        let begin = ContinuousClock.now
        let nanoseconds = try manager.serverNanoseconds(stream: Topology.betsStream)
        clock = (nanoseconds, begin)
        return nanoseconds + Int64(begin.duration(to: .now) / .nanoseconds(1))
    }
}
