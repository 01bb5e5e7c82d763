import JetStream

/// When the stream took each bet, and when a backend acknowledged it.
struct LatencyLog: Sendable {
    /// Where the stream was before the first bet.
    private let lastSequence: UInt64
    /// By number of the bet.
    private var storedAt: [ContinuousClock.Instant?]
    private var sequences: [UInt64]
    /// By sequence behind `lastSequence`; the first acknowledgement counts.
    private var answeredAt: [ContinuousClock.Instant?]

    private(set) var openCount: Int

    init(count: Int, lastSequence: UInt64) {
        self.lastSequence = lastSequence
        storedAt = Array(repeating: nil, count: count)
        sequences = Array(repeating: 0, count: count)
        answeredAt = Array(repeating: nil, count: count)
        // Each bet is open twice: until it is in the stream, and until it is acknowledged.
        openCount = 2 * count
    }

    mutating func stored(_ index: Int, as sequence: UInt64, at time: ContinuousClock.Instant) {
        guard storedAt[index] == nil else { return }
        storedAt[index] = time
        sequences[index] = sequence
        openCount -= 1
    }

    mutating func answered(_ sequence: UInt64, at time: ContinuousClock.Instant) {
        guard let position = position(of: sequence), answeredAt[position] == nil else { return }
        answeredAt[position] = time
        openCount -= 1
    }

    func storedAfter(_ due: ContinuousClock.Instant, _ index: Int) -> Duration? {
        storedAt[index].map { due.duration(to: $0) }
    }

    func answeredAfter(_ due: ContinuousClock.Instant, _ index: Int) -> Duration? {
        guard let position = position(of: sequences[index]) else { return nil }
        return answeredAt[position].map { due.duration(to: $0) }
    }

    private func position(of sequence: UInt64) -> Int? {
        guard sequence > lastSequence else { return nil }
        let position = Int(sequence - lastSequence) - 1
        return position < answeredAt.count ? position : nil
    }
}

/// The stream's sequence in the subject of an acknowledgement.
enum AcknowledgedSequence {
    /// Tokens before it: `$JS.ACK.<stream>.<consumer>.<delivered>`.
    private static let tokensBefore = 5
    private static let payload = Array("+ACK".utf8)

    /// Nil for an answer that is none, as `in progress`.
    static func read(_ message: borrowing ReceivedMessage) -> UInt64? {
        guard message.bodyByteCount == payload.count, isAcknowledgement(message) else { return nil }
        let tokens = message.subject.utf8.split(
            separator: UInt8(ascii: "."),
            maxSplits: tokensBefore + 1
        )
        guard tokens.count > tokensBefore else { return nil }
        return UInt64(Substring(tokens[tokensBefore]))
    }

    private static func isAcknowledgement(_ message: borrowing ReceivedMessage) -> Bool {
        message.withBody { body in
            payload.indices.allSatisfy { index in
                unsafe body.unsafeLoad(fromByteOffset: index, as: UInt8.self) == payload[index]
            }
        }
    }
}

/// What is said about durations.
struct Percentiles {
    private let ordered: [Duration]

    init(_ durations: [Duration]) {
        ordered = durations.sorted()
    }

    /// Prints `<name>_p50_ms=…` and so on.
    func print(as name: String) {
        for (label, share) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1)] {
            let index = min(Int(Double(ordered.count) * share), ordered.count - 1)
            Swift.print("\(name)_\(label)_ms=\(ordered[index] / .milliseconds(1))")
        }
    }
}
