package import RedisClient
import Synchronization

/// The odds counters in Redis: a projection of the bets in Postgres, which can be lost and rebuilt at
/// any moment. Calls block the calling thread for at most the client's time limit.
///
/// A game counts up to 10^15 bets, and a pool up to 10^15 whole units: beyond, nothing is applied.
package final class OddsProjection: Sendable {
    /// What `apply` did.
    package enum ApplyOutcome: Sendable, Equatable {
        /// Every sequence was new and is counted now.
        case applied
        /// Some sequences had been counted before; `newCount` of them were new and are counted now.
        case replayed(newCount: Int)
        /// The projection is absent or being rebuilt. Nothing changed; the rebuild or the repair
        /// counts these sequences.
        case generationMismatch
    }

    /// Where the projection lives.
    package let client: RedisClient

    /// The generation that was seen last; it is read anew when the script says it is another one.
    private let generation = Mutex<[UInt8]?>(nil)

    /// Asks Redis nothing yet.
    package init(_ client: RedisClient) {
        self.client = client
    }

    /// Counts a batch whose outcomes Postgres has committed. Each sequence counts once, however often
    /// and in whatever company it is applied.
    ///
    /// - Throws: `redis`, and then applying the same again is safe; `refused`; `outOfRange`.
    package func apply(_ delta: OddsDelta) throws(OddsError) -> ApplyOutcome {
        guard !delta.isEmpty else { return .applied }
        let request = try OddsRequest(delta)
        guard let generation = try currentGeneration() else { return .generationMismatch }
        if let batch = request.batch(generation: generation) {
            switch try run(batch) {
            case .applied: return .applied
            case .generation: return .generationMismatch
            case .overlap: break
            }
        }
        switch try run(request.each(generation: generation)) {
        case .applied(let count): return .replayed(newCount: count)
        case .generation: return .generationMismatch
        case .overlap: throw .redis(.unexpectedReply("apply_odds overlap"))
        }
    }

    /// Declares the projection invalid, so that the maintenance rebuilds it in its next round. Until
    /// then nothing is applied, and readers see that there is nothing.
    ///
    /// - Throws: `redis`.
    package func requestRebuild() throws(OddsError) {
        _ = try command(["DEL", .text(OddsKeys.generation)])
        forgetGeneration()
    }

    /// The generation in force, nil while there is none.
    func currentGeneration() throws(OddsError) -> [UInt8]? {
        if let known = generation.withLock({ $0 }) { return known }
        let reply = try command(["GET", .text(OddsKeys.generation)])
        guard case .string(let bytes) = reply, !bytes.isEmpty else { return nil }
        generation.withLock { $0 = bytes }
        return bytes
    }

    /// Forgets the generation that was seen last, so that the next call asks Redis.
    func forgetGeneration() {
        generation.withLock { $0 = nil }
    }

    private enum Answer {
        case applied(Int)
        case overlap
        case generation
    }

    private func run(_ arguments: [RedisArgument]) throws(OddsError) -> Answer {
        let reply = try evaluate(OddsScripts.apply, arguments)
        let words = reply.elements ?? []
        switch words.first?.text {
        case "applied":
            return .applied(Int(words.last?.int64 ?? 0))
        case "overlap":
            return .overlap
        case "generation":
            forgetGeneration()
            return .generation
        case "refused":
            throw .refused(key: words.last?.text ?? "")
        default:
            throw .redis(.unexpectedReply("apply_odds gave \(reply.kind)"))
        }
    }
}

/// Calls with the error type of the projection.
extension OddsProjection {
    func command(_ arguments: [RedisArgument]) throws(OddsError) -> RedisValue {
        do {
            return try client.withConnection { redis throws(RedisError) in
                try redis.command(arguments)
            }
        } catch {
            throw .redis(error)
        }
    }

    func pipeline(_ commands: [[RedisArgument]]) throws(OddsError) -> [RedisValue] {
        do {
            return try client.withConnection { redis throws(RedisError) in
                try redis.pipeline(commands)
            }
        } catch {
            throw .redis(error)
        }
    }

    func evaluate(
        _ script: RedisScript,
        _ arguments: [RedisArgument]
    ) throws(OddsError) -> RedisValue {
        do {
            return try client.withConnection { redis throws(RedisError) in
                try redis.evaluate(script, keys: [], arguments: arguments)
            }
        } catch {
            throw .redis(error)
        }
    }
}
