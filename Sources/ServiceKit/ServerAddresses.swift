/// Where the three servers are, from `NATS_URL`, `POSTGRES_URL` and `REDIS_URL`; the defaults are
/// the servers' own ports on this machine.
package struct ServerAddresses: Sendable {
    package let natsURL: String
    package let postgresURL: String
    package let redisURL: String

    package init(_ environment: Environment) {
        natsURL = environment.string("NATS_URL", default: "nats://127.0.0.1:4222")
        postgresURL = environment.string(
            "POSTGRES_URL",
            default: "postgresql://betting@127.0.0.1:5432/betting"
        )
        redisURL = environment.string("REDIS_URL", default: "redis://127.0.0.1:6379")
    }
}
