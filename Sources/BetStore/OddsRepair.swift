import FaultPoints
import RedisClient

/// Finds the sequences that have their outcome in Postgres and are not counted in Redis, and counts
/// them: what was not applied because Redis or a pod was away.
///
/// Works in passes. A pass covers everything up to a horizon: each epoch's highest sequence as it was
/// known when the horizon was set, a round earlier, so that what is under way right now is left to
/// its own applier. A large pass takes several rounds.
struct OddsRepair {
    /// What is left of the pass in one epoch: sequences from `next` to `end`.
    private struct Stretch {
        let epoch: Int64
        var next: Int64
        let end: Int64
    }

    /// What a call of `run` came to.
    enum Result: Equatable {
        /// The pass is complete: all up to its horizon is counted.
        case complete
        case unfinished
        /// More is missing than is worth repairing.
        case backlog
        /// Redis counts a sequence that has no outcome in Postgres.
        case excess(key: String)
        /// The projection went away meanwhile.
        case absent
    }

    /// Missing sequences beyond which a rebuild is the cheaper way.
    static let missingMax = 200_000
    /// Sequences a round looks at.
    static let scannedMax: Int64 = 1 << 20
    /// Sequences in one call of the script.
    private static let batchSize = 4000

    private var pass: [Stretch]?
    private(set) var repaired = 0

    var isIdle: Bool { pass == nil }

    /// Begins a pass up to the horizons.
    mutating func begin(horizons: [Int64: Int64], watermarks: [Int64: Int64]) {
        pass = horizons.map { epoch, end in
            Stretch(epoch: epoch, next: (watermarks[epoch] ?? 0) + 1, end: end)
        }
    }

    /// Goes on with the pass.
    ///
    /// - Parameter through: by epoch, the sequence up to which Postgres has all outcomes.
    mutating func run(
        _ projection: OddsProjection,
        _ outcomes: OddsOutcomes,
        through: [Int64: Int64]
    ) throws(OddsError) -> Result {
        guard var stretches = pass else { return .complete }
        repaired = 0
        var scanned: Int64 = 0
        for index in stretches.indices {
            var missing: [Int64] = []
            let epoch = stretches[index].epoch
            while stretches[index].next <= stretches[index].end {
                guard scanned < Self.scannedMax else { break }
                let first = stretches[index].next
                let last = min(
                    stretches[index].end,
                    (first / OddsKeys.segmentSize + 1) * OddsKeys.segmentSize - 1
                )
                let complete = through[epoch] ?? 0
                if let key = try findMissing(
                    first...last,
                    epoch,
                    complete,
                    projection,
                    outcomes,
                    &missing
                ) {
                    return .excess(key: key)
                }
                guard missing.count <= Self.missingMax else { return .backlog }
                scanned += last - first + 1
                stretches[index].next = last + 1
            }
            guard try apply(missing, epoch, projection, outcomes) else { return .absent }
        }
        if stretches.contains(where: { $0.next <= $0.end }) {
            pass = stretches
            return .unfinished
        }
        pass = nil
        return .complete
    }

    /// Adds what Redis lacks of a range within one segment. Returns the bitmap's key if it holds more
    /// than Postgres. Redis is read first: what it counts, Postgres has had before.
    private func findMissing(
        _ range: ClosedRange<Int64>,
        _ epoch: Int64,
        _ through: Int64,
        _ projection: OddsProjection,
        _ outcomes: OddsOutcomes,
        _ missing: inout [Int64]
    ) throws(OddsError) -> String? {
        let segment = range.lowerBound / OddsKeys.segmentSize
        let key = OddsKeys.applied(epoch: epoch, segment: segment)
        let bitmap = OddsBitmap(segment: segment, bytes: try projection.bytes(key))
        let counts = try outcomes.counts(
            epoch: epoch,
            after: max(through, range.lowerBound - 1),
            through: range.upperBound
        )
        var first = range.lowerBound
        while first <= range.upperBound {
            let block = first / OddsOutcomes.blockSize
            let last = min(range.upperBound, (block + 1) * OddsOutcomes.blockSize - 1)
            let surely = max(0, min(last, through) - first + 1)
            let expected = surely + (last > through ? counts[block] ?? 0 : 0)
            let applied = bitmap.count(in: first...last)
            if applied > expected { return key }
            if applied < expected {
                if surely > 0 {
                    missing += (first..<(first + surely)).filter { !bitmap.contains($0) }
                }
                missing += try outcomes.sequences(
                    epoch: epoch,
                    after: max(through, first - 1),
                    through: last
                ).filter { !bitmap.contains($0) }
            }
            first = last + 1
        }
        return nil
    }

    private mutating func apply(
        _ missing: [Int64],
        _ epoch: Int64,
        _ projection: OddsProjection,
        _ outcomes: OddsOutcomes
    ) throws(OddsError) -> Bool {
        for start in stride(from: 0, to: missing.count, by: Self.batchSize) {
            let batch = Array(missing[start..<min(start + Self.batchSize, missing.count)])
            let delta = try outcomes.delta(epoch: epoch, sequences: batch)
            FaultPoint.repairFound.reach()
            switch try projection.apply(delta) {
            case .applied: repaired += delta.count
            case .replayed(let newCount): repaired += newCount
            case .generationMismatch: return false
            }
        }
        return true
    }
}

/// What the repair needs of Redis.
extension OddsProjection {
    /// A string's bytes, empty if there is none.
    func bytes(_ key: String) throws(OddsError) -> [UInt8] {
        let reply = try command(["GET", .text(key)])
        if case .string(let bytes) = reply { return bytes }
        return []
    }

    /// By epoch, the sequence up to which everything is applied.
    func watermarks() throws(OddsError) -> [Int64: Int64] {
        let fields = try command(["HGETALL", .text(OddsKeys.watermark)]).elements ?? []
        var watermarks: [Int64: Int64] = [:]
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            guard let epoch = fields[index].int64, let sequence = fields[index + 1].int64 else {
                throw .refused(key: OddsKeys.watermark)
            }
            watermarks[epoch] = sequence
        }
        return watermarks
    }

    /// Raises the watermark over sequences that are all applied and drops the segments below it.
    /// Returns whether the projection was there to do it.
    func advanceWatermark(
        epoch: Int64,
        to sequence: Int64,
        generation: [UInt8]
    ) throws(OddsError) -> Bool {
        let arguments: [RedisArgument] = [.bytes(generation), .integer(epoch), .integer(sequence)]
        return try evaluate(OddsScripts.advance, arguments) == .integer(1)
    }
}
