import PostgresClient
import RedisClient

/// I6: the set of sequences that are in the odds counters.
struct AppliedAudit {
    static let segmentSize: Int64 = 65_536

    let redis: RedisConnection
    let epoch: Int64

    /// The sequences that are applied, all up to the watermark and single ones beyond it.
    struct Applied: Equatable {
        var watermark: Int64 = 0
        /// Sequences beyond the watermark, up to the cut.
        var beyond: Int64 = 0
        /// Sequences beyond the watermark and the cut.
        var beyondCut: Int64 = 0

        /// Sequences up to the cut that are not applied.
        func missing(to cut: Int64) -> Int64 { max(0, cut - watermark) - beyond }
    }

    /// Reads the watermark and counts the bits beyond it.
    ///
    /// - Parameters:
    ///   - cut: divides the count.
    ///   - last: no sequence beyond this one is looked for.
    func read(cut: Int64, last: Int64) throws -> Applied {
        var applied = Applied()
        let reply = try redis.command(["HGET", "odds:watermark", RedisArgument("\(epoch)")])
        if reply != .null {
            guard let watermark = reply.int64 else {
                throw CommandFailure("odds:watermark does not hold a number")
            }
            applied.watermark = watermark
        }
        applied.beyond = try count(applied.watermark + 1, max(applied.watermark, cut))
        applied.beyondCut = try count(max(applied.watermark, cut) + 1, last)
        return applied
    }

    private func count(_ first: Int64, _ last: Int64) throws -> Int64 {
        guard first <= last else { return 0 }
        let commands = (first / Self.segmentSize...last / Self.segmentSize).map { segment in
            let start = segment * Self.segmentSize
            return [
                RedisArgument("BITCOUNT"), RedisArgument("odds:applied:\(epoch):\(segment)"),
                RedisArgument(max(first, start) - start),
                RedisArgument(min(last - start, Self.segmentSize - 1)), RedisArgument("BIT"),
            ]
        }
        var total: Int64 = 0
        for reply in try redis.pipeline(commands) {
            guard let count = reply.int64 else {
                throw CommandFailure("the bitmaps of odds:applied do not hold bits")
            }
            total += count
        }
        return total
    }
}
