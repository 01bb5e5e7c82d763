import BetStore
import Betting
import JetStream
import PostgresClient
import RedisClient
import ServiceKit
import Synchronization
import Telemetry
import Threading
import Topology

/// Keeps room in the stream and gives lost sequences their outcome: one process of all at a time,
/// under an advisory lock, on a thread of its own. Every process looks whether a trim was left
/// unfinished, since that does not wait for Postgres.
final class UpkeepLoop: Sendable {
    /// What the loop works with.
    struct Parts: Sendable {
        var connection: NATSConnection
        var configuration: IngestConfiguration
        var boot: Boot
        var epoch: Int64
        var counters: PodCounters
        var metrics: IngestMetrics
        var logger: Logger
        /// Whether this process keeps the odds counters: the same one does this work.
        var isLeader: @Sendable () -> Bool
    }

    private static let every = Duration.seconds(1)
    /// A stream that fills is looked at more often the fuller it is.
    private static let everyWhenFilling = Duration.milliseconds(100)
    private static let requestTimeoutMilliseconds = 2_000

    private let parts: Parts
    private let topology: Topology
    private let isFinishing = Monitor(false)

    init(_ parts: Parts) {
        var parts = parts
        parts.configuration.postgres.applicationName += " upkeep"
        parts.configuration.nats.name = parts.configuration.podID
        self.parts = parts
        topology = Topology(parts.configuration.topology)
    }

    func finish() { isFinishing.update { $0 = true } }

    /// Blocks until `finish`. Errors are logged and tried again: betting does not depend on it
    /// until the stream is full.
    func run() {
        var round = UpkeepRound(parts, topology) { [isFinishing] in
            isFinishing.withLock { $0 }
        }
        var lastError = ""
        var every = Self.every
        while !pause(every) {
            do {
                let fill = try look(&round)
                every = fill < StreamTrimmer.fullShare / 2 ? Self.every : Self.everyWhenFilling
                if !lastError.isEmpty { parts.logger.info("the stream is kept up again") }
                lastError = ""
            } catch {
                every = Self.every
                parts.metrics.upkeepFailed()
                round.reset()
                if "\(error)" != lastError {
                    lastError = "\(error)"
                    parts.logger.warning("the stream cannot be kept up now", ["error": lastError])
                }
            }
        }
        round.reset()
    }

    /// Returns how full the stream is.
    private func look(_ round: inout UpkeepRound) throws -> Double {
        let manager = JetStreamManager(
            parts.connection,
            timeoutMilliseconds: Self.requestTimeoutMilliseconds
        )
        // In an outage of NATS there is nothing to do, and others say so.
        guard parts.connection.isConnected,
            let stream = try manager.streamInfo(Topology.betsStream),
            stream.createdNanoseconds == parts.epoch
        else { return 0 }
        if try topology.endTrim(of: stream.configuration, manager) {
            parts.logger.warning(
                "a trim had not come to its end: gave \(Topology.betsStream) its max age back"
            )
        }
        guard parts.isLeader() else {
            round.reset()
            return 0
        }
        let consumer = try manager.consumerInfo(
            stream: Topology.betsStream,
            consumer: Topology.betsConsumer
        )
        if let consumer { try round.run(stream, consumer) }
        return StreamTrimmer.fill(stream)
    }

    /// Waits for the next look; true when there is none.
    private func pause(_ time: Duration) -> Bool {
        let until = ContinuousClock.now + time
        return isFinishing.wait { isFinishing in
            if isFinishing { return .done(true) }
            return until <= .now ? .done(false) : .waitUntil(until)
        }
    }
}
