package import JetStream
import NATSAccess
package import Observability
package import PostgresClient
package import RedisClient
package import ServiceKit

/// Everything a stats-aggregator can be told, from its environment.
package struct AggregatorConfiguration: ServiceConfiguration {
    /// The original's port.
    package static let portDefault = ServicePort.aggregator.rawValue
    /// Ten frames a second at most.
    package static let frameIntervalMillisecondsDefault = 100

    package var podID: String
    package var nats: NATSConfiguration
    package var postgres: PostgresConfiguration
    package var redis: RedisConfiguration
    package var monitoring: MonitoringConfiguration
    /// Between two frames at least, while figures change.
    package var frameIntervalMilliseconds: Int
    /// Where the dashboard's files are; nil to look in the usual places.
    package var dashboardDirectory: String?

    /// `NATS_URL`, `POSTGRES_URL`, `REDIS_URL`, `POD_NAME` or `HOSTNAME`, `DASHBOARD_DIR`,
    /// `FRAME_INTERVAL_MS`, and what `MonitoringConfiguration` reads.
    ///
    /// - Throws: an error that names the variable that is wrong.
    package init(_ environment: Environment) throws {
        let addresses = ServerAddresses(environment)
        podID = try podName(environment)
        nats = try NATSConfiguration(environment, role: .aggregator, name: podID)
        postgres = PostgresConfiguration(
            url: addresses.postgresURL,
            applicationName: "stats-aggregator \(podID)"
        )
        do {
            redis = try RedisConfiguration(address: addresses.redisURL)
        } catch {
            throw ConfigurationError("REDIS_URL: \(error)")
        }
        monitoring = try MonitoringConfiguration(environment, port: Self.portDefault)
        frameIntervalMilliseconds = try environment.integer(
            "FRAME_INTERVAL_MS",
            default: Self.frameIntervalMillisecondsDefault,
            in: Self.frameIntervalMillisecondsDefault...1_000
        )
        dashboardDirectory = environment.string("DASHBOARD_DIR")
    }
}
