/// Where the two servers of data are, from `POSTGRES_URL` and `REDIS_URL`; the defaults are the
/// servers' own ports on this machine. NATS has a room of its own (`NATSAccess`).
package struct ServerAddresses: Sendable {
    package let postgresURL: String
    package let redisURL: String

    package init(_ environment: Environment) {
        postgresURL = environment.string(
            "POSTGRES_URL",
            default: "postgresql://betting@127.0.0.1:5432/betting"
        )
        redisURL = environment.string("REDIS_URL", default: "redis://127.0.0.1:6379")
    }
}
