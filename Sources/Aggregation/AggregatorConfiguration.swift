package import JetStream
package import PostgresClient
package import RedisClient
package import ServiceKit
package import WebServer

/// Everything a stats-aggregator can be told, from its environment.
package struct AggregatorConfiguration: Sendable {
    /// The original's port.
    package static let portDefault = 8082

    package var podID: String
    package var nats: NATSConfiguration
    package var postgres: PostgresConfiguration
    package var redis: RedisConfiguration
    package var port: Int
    package var allowedOrigins: AllowedOrigins
    /// Where the dashboard's files are; nil to look in the usual places.
    package var dashboardDirectory: String?

    /// `NATS_URL`, `POSTGRES_URL`, `REDIS_URL`, `POD_NAME` or `HOSTNAME`, `HTTP_PORT`,
    /// `ALLOWED_ORIGINS` (separated by commas), `DASHBOARD_DIR`.
    ///
    /// - Throws: an error that names the variable that is wrong.
    package init(_ environment: Environment) throws {
        let addresses = ServerAddresses(environment)
        podID = try podName(environment)
        nats = NATSConfiguration(urls: addresses.natsURL, name: podID, inboxPrefix: "_INBOX")
        postgres = PostgresConfiguration(
            url: addresses.postgresURL,
            applicationName: "stats-aggregator \(podID)"
        )
        do {
            redis = try RedisConfiguration(address: addresses.redisURL)
        } catch {
            throw ConfigurationError("REDIS_URL: \(error)")
        }
        port = try environment.integer("HTTP_PORT", default: Self.portDefault, in: 1...65_535)
        let origins = environment.string("ALLOWED_ORIGINS")?.split(separator: ",").map(String.init)
        do {
            allowedOrigins = try AllowedOrigins(origins)
        } catch {
            throw ConfigurationError("ALLOWED_ORIGINS: \(error)")
        }
        dashboardDirectory = environment.string("DASHBOARD_DIR")
    }
}
