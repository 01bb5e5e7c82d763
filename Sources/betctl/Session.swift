import JetStream
import PostgresClient
import RedisClient
import ServiceKit

/// Where a command finds its servers. Each call makes a connection of its own.
struct Session {
    private static let requestTimeoutMilliseconds = 5_000
    private static let redisTimeoutMilliseconds = 5_000
    private static let statementTimeoutMilliseconds = 600_000

    let environment: Environment

    init(_ environment: Environment) {
        self.environment = environment
    }

    /// A connection to NATS and what manages its streams.
    func nats() throws -> (connection: NATSConnection, manager: JetStreamManager) {
        let connection = try NATSConnection(
            NATSConfiguration(urls: try address("NATS_URL"), name: "betctl")
        ) { _ in }
        let manager = JetStreamManager(
            connection,
            timeoutMilliseconds: Self.requestTimeoutMilliseconds
        )
        return (connection, manager)
    }

    /// A connection for statements that read whole tables.
    func postgres() throws -> PostgresConnection {
        var configuration = PostgresConfiguration(
            url: try address("POSTGRES_URL"),
            applicationName: "betctl"
        )
        configuration.statementTimeoutMilliseconds = Self.statementTimeoutMilliseconds
        configuration.idleInTransactionTimeoutMilliseconds = Self.statementTimeoutMilliseconds
        return try PostgresConnection(configuration)
    }

    func redis() throws -> RedisConnection {
        try RedisConnection(
            RedisConfiguration(
                address: try address("REDIS_URL"),
                connectTimeoutMilliseconds: Self.redisTimeoutMilliseconds,
                commandTimeoutMilliseconds: Self.redisTimeoutMilliseconds
            )
        )
    }

    private func address(_ name: String) throws -> String {
        guard let value = environment.string(name) else {
            throw ConfigurationError("\(name) is not set; locally: export $(scripts/stack env)")
        }
        return value
    }
}
