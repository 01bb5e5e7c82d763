import JetStream
import ServiceKit
import Threading

/// Fills the stream with bets of a size the simulator does not make.
struct Filling {
    private static let windowMax = 1_024
    private static let timeoutMilliseconds = 30_000

    let count: Int
    let games: Int
    /// Of each body.
    let bytes: Int

    func run(_ environment: Environment) throws {
        let connection = try Connecting.connect(environment)
        defer { connection.close() }
        let acknowledged = Monitor(0)
        let publisher = try Publisher(
            on: connection,
            windowMax: Self.windowMax,
            acknowledgementTimeoutMilliseconds: Self.timeoutMilliseconds
        ) { outcome in
            if case .acknowledged = outcome { acknowledged.withLock { $0 += 1 } }
        }
        var maker = BetMaker(games: games)
        for index in 0..<count {
            let (id, body) = maker.next(bytes: bytes)
            try publisher.publish("bets", messageID: id, token: UInt64(index), body: body)
        }
        _ = publisher.waitForAll(timeoutMilliseconds: Self.timeoutMilliseconds)
        publisher.close()
        let missing = count - acknowledged.withLock { $0 }
        guard missing == 0 else { throw ProbeError.unanswered(missing) }
    }
}
