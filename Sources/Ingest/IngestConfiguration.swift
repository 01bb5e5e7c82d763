import BetStore
package import Betting
package import JetStream
import NATSAccess
package import Observability
package import PostgresClient
package import RedisClient
package import ServiceKit
package import Topology

/// Everything a backend can be told, from its environment.
package struct IngestConfiguration: Sendable {
    package var podID: String
    package var nats: NATSConfiguration
    package var postgres: PostgresConfiguration
    package var redis: RedisConfiguration
    package var topology: TopologySettings
    package var limits = BatchLimits()
    package var betLimits = BetLimits()
    package var monitoring: MonitoringConfiguration
    /// Games with counters in Redis.
    package var gamesMax = OddsMaintenance.defaultGamesMax
    /// Backends that may run at the same time: Postgres should have connections for all of them.
    package var backendsMax = ConnectionBudget.backendsMaxDefault
    /// Run on a database that may lose what it committed.
    package var allowsUnsafe = false

    /// - Throws: an error that names the variable that is wrong.
    package init(_ environment: Environment) throws {
        let addresses = ServerAddresses(environment)
        podID = try podName(environment)
        nats = try NATSConfiguration(environment, role: .backend, name: podID)
        postgres = PostgresConfiguration(
            url: addresses.postgresURL,
            applicationName: ConnectionBudget.backendPrefix + podID
        )
        // Every statement of ingest looks rows up by key; no statistics should lure it elsewhere, and
        // prepared ones outlive the moment when reading a small table whole seems cheapest.
        postgres.settings = [("enable_seqscan", "off")]
        do {
            redis = try RedisConfiguration(address: addresses.redisURL)
        } catch {
            throw ConfigurationError("REDIS_URL: \(error)")
        }
        monitoring = try MonitoringConfiguration(
            environment,
            port: ServicePort.backend.rawValue
        )
        topology = try TopologySettings(environment)
        limits.rowsMax = try environment.integer("BATCH_ROWS_MAX", default: 4_000, in: 1...4_000)
        limits.lingerMilliseconds = try environment.integer(
            "BATCH_LINGER_MS",
            default: limits.lingerMilliseconds,
            in: 0...20
        )
        if let text = environment.string("MAX_BET_AMOUNT") {
            guard let amount = try? Money(decimal: text), amount > .zero else {
                throw ConfigurationError(
                    "MAX_BET_AMOUNT=\(text): an amount above 0 with at most 8 decimals is wanted"
                )
            }
            betLimits.maxAmount = amount
        }
        gamesMax = try environment.integer("GAMES_MAX", default: gamesMax, in: 1...10_000_000)
        backendsMax = try environment.integer(
            "BACKENDS_MAX",
            default: backendsMax,
            in: 1...10_000
        )
        allowsUnsafe = try environment.flag("ALLOW_UNSAFE", default: false)
    }
}
