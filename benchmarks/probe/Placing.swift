import Glibc
import ServiceKit

/// Places bets over HTTP at a fixed rate, with one request at a time on each connection.
///
/// The schedule is fixed beforehand. A bet that is due while every connection waits for an answer
/// waits for one of them; what it waits is in its latency, which counts from when it was due.
struct Placing {
    /// Of the API on loopback.
    let port: Int
    let roundID: String
    /// One token a line: connection n uses line n, from the first again when there are too few.
    let tokensFile: String
    let connections: Int
    /// Bets a second.
    let rate: Int
    /// Measured, after the warm-up.
    let seconds: Int
    /// Placed and answered as the rest, and not counted.
    let warmUpSeconds: Int

    static let created = 202
    /// Bets that may still be open this long after the last was due.
    private static let patience = Duration.seconds(30)
    private static let answerPause = Duration.milliseconds(20)
    /// The least the thread sleeps; what falls due meanwhile counts as late.
    private static let tick = Duration.microseconds(250)

    private var count: Int { rate * (seconds + warmUpSeconds) }

    func run() throws {
        let crowd = try PlacingCrowd(
            port: port,
            tokens: tokens(),
            roundID: roundID,
            connectionCount: connections
        )
        let began = ContinuousClock.now
        let end = began + .seconds(seconds + warmUpSeconds) + Self.patience
        var next = 0
        while crowd.doneCount < count, ContinuousClock.now < end {
            let due = Int(began.duration(to: .now) / .seconds(1) * Double(rate)) + 1
            while next < min(due, count) {
                guard try crowd.place(next, due: began + dueAfter(next)) else { break }
                next += 1
            }
            // An answer is awaited, or the next bet's time.
            let untilDue = ContinuousClock.now.duration(to: began + dueAfter(next))
            let isWaiting = next == count || untilDue <= .zero
            try crowd.listen(for: isWaiting ? Self.answerPause : max(untilDue, Self.tick))
        }
        try report(crowd)
    }

    private func tokens() throws(ProbeError) -> [String] {
        guard let file = unsafe fopen(tokensFile, "r") else {
            throw .refused("\(tokensFile) cannot be read: errno \(errno)")
        }
        defer { _ = unsafe fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = unsafe getc(file), byte != EOF {
            bytes.append(UInt8(truncatingIfNeeded: byte))
        }
        let tokens = bytes.split(separator: UInt8(ascii: "\n")).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard !tokens.isEmpty else { throw .refused("\(tokensFile) holds no token") }
        return tokens
    }

    private func dueAfter(_ index: Int) -> Duration {
        .nanoseconds(Int64(index) * 1_000_000_000 / Int64(rate))
    }

    private func report(_ crowd: PlacingCrowd) throws {
        guard crowd.doneCount == count else {
            throw ProbeError.unanswered(count - crowd.doneCount)
        }
        let first = rate * warmUpSeconds
        let answered = crowd.answers.filter { $0.index >= first && $0.status == Self.created }
        for (status, found) in crowd.countByStatus.sorted(by: { $0.key < $1.key }) {
            print("status_\(status)=\(found)")
        }
        print("broken=\(crowd.brokenCount)")
        guard !answered.isEmpty else { throw ProbeError.refused("no bet was accepted") }
        Percentiles(answered.map(\.latency)).print(as: "placed")
    }
}
