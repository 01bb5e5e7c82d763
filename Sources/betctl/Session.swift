import JetStream
import NATSAccess
import PostgresClient
import RedisClient
import ServiceKit

/// Where a command finds its servers. Each call makes a connection of its own.
struct Session {
    private static let requestTimeoutMilliseconds = 5_000
    private static let redisTimeoutMilliseconds = 5_000
    private static let statementTimeoutMilliseconds = 600_000

    let environment: Environment

    private let addresses: ServerAddresses

    init(_ environment: Environment) {
        self.environment = environment
        addresses = ServerAddresses(environment)
    }

    func natsConfiguration() throws -> NATSConfiguration {
        try NATSConfiguration(environment, role: .operator, name: "betctl")
    }

    /// A connection to NATS and what manages its streams.
    func nats() throws -> (connection: NATSConnection, manager: JetStreamManager) {
        let connection = try NATSConnection(try natsConfiguration()) { _ in }
        let manager = JetStreamManager(
            connection,
            timeoutMilliseconds: Self.requestTimeoutMilliseconds
        )
        return (connection, manager)
    }

    /// A connection for statements that read whole tables.
    func postgres() throws -> PostgresConnection {
        var configuration = PostgresConfiguration(
            url: addresses.postgresURL,
            applicationName: "betctl"
        )
        configuration.statementTimeoutMilliseconds = Self.statementTimeoutMilliseconds
        configuration.idleInTransactionTimeoutMilliseconds = Self.statementTimeoutMilliseconds
        // Tables just filled have no statistics yet: a nested loop over them takes minutes.
        configuration.settings = [("enable_nestloop", "off")]
        return try PostgresConnection(configuration)
    }

    func redis() throws -> RedisConnection {
        try RedisConnection(redisConfiguration())
    }

    func redisConfiguration() throws -> RedisConfiguration {
        try RedisConfiguration(
            address: addresses.redisURL,
            connectTimeoutMilliseconds: Self.redisTimeoutMilliseconds,
            commandTimeoutMilliseconds: Self.redisTimeoutMilliseconds
        )
    }
}
