package import Betting
package import JetStream
import NATSAccess
package import Observability
package import PostgresClient
package import ServiceKit
package import Tokens

/// Everything an api-server can be told, from its environment.
package struct WalletConfiguration: ServiceConfiguration {
    package static let portDefault = ServicePort.api.rawValue
    package static let depositMaxDefault = Money(units: 1_000_000 * Money.unitsPerWhole)

    package var podID: String
    package var postgres: PostgresConfiguration
    /// Where workers are woken.
    package var nats: NATSConfiguration
    package var monitoring: MonitoringConfiguration
    package var tokens: TokenSettings
    /// Nil: operators' routes are on the same port as the others.
    package var adminPort: Int?
    /// A numeric address for `adminPort`; nil: all interfaces.
    package var adminAddress: String?
    /// Where the pages' files are; nil to look in the usual places.
    package var dashboardDirectory: String?
    package var maxBet: Money
    package var maxDeposit: Money
    /// Threads that place bets, each with a connection.
    package var placers: Int
    /// Bets of one transaction at most.
    package var placeGroupMax: Int
    /// Bets that wait to be placed at most.
    package var placeQueueMax: Int
    /// A bet that would wait longer is refused with 429.
    package var placeWaitMax: Duration
    /// Placed bets that wait to be published at most; beyond, bets are refused with 503.
    package var outboxMax: Int
    /// Threads for everything else, each with a connection.
    package var workers: Int
    /// Of one user, in the long run and after a rest.
    package var userRequestsPerSecond: Int
    package var userBurst: Int
    package var connectionsMax: Int
    package var allowsUnsafeDatabase: Bool

    /// - Throws: an error that names the variable that is wrong.
    package init(_ environment: Environment) throws(ConfigurationError) {
        podID = try podName(environment)
        postgres = PostgresConfiguration(
            url: ServerAddresses(environment).postgresURL,
            applicationName: "api-server \(podID)"
        )
        // It wakes workers, as whoever places bets does.
        nats = try NATSConfiguration(environment, role: .publisher, name: podID)
        monitoring = try MonitoringConfiguration(environment, port: Self.portDefault)
        tokens = try TokenSettings(environment)
        adminPort =
            environment.string("ADMIN_PORT") == nil
            ? nil : try environment.integer("ADMIN_PORT", default: 0, in: 0...65_535)
        adminAddress = environment.string("ADMIN_ADDRESS") ?? monitoring.address
        dashboardDirectory = environment.string("DASHBOARD_DIR")
        maxBet = try Self.amount("MAX_BET_AMOUNT", BetLimits().maxAmount, environment)
        maxDeposit = try Self.amount("MAX_DEPOSIT_AMOUNT", Self.depositMaxDefault, environment)
        func count(
            _ name: String,
            _ fallback: Int,
            _ range: ClosedRange<Int>
        ) throws(ConfigurationError) -> Int {
            try environment.integer(name, default: fallback, in: range)
        }
        placers = try count("API_PLACERS", 2, 1...16)
        placeGroupMax = try count("PLACE_GROUP_MAX", 200, 1...500)
        placeQueueMax = try count("PLACE_QUEUE_MAX", 4_096, 1...65_536)
        placeWaitMax = .milliseconds(try count("PLACE_WAIT_MS", 2_000, 10...30_000))
        outboxMax = try count("OUTBOX_MAX", 1_000_000, 1...1_000_000_000)
        workers = try count("API_WORKERS", 4, 1...64)
        userRequestsPerSecond = try count("USER_REQUESTS_PER_SECOND", 50, 1...1_000_000)
        userBurst = try count("USER_BURST", 100, 1...1_000_000)
        connectionsMax = try count("API_CONNECTIONS_MAX", 2_000, 1...20_000)
        allowsUnsafeDatabase = try environment.flag("ALLOW_UNSAFE", default: false)
        try refuseDevelopmentKeys()
    }

    private static func amount(
        _ name: String,
        _ fallback: Money,
        _ environment: Environment
    ) throws(ConfigurationError) -> Money {
        guard let text = environment.string(name) else { return fallback }
        guard let amount = try? Money(decimal: text), amount > .zero else {
            throw ConfigurationError(
                "\(name)=\(text): an amount above 0 with at most 8 decimals is wanted"
            )
        }
        return amount
    }

    /// Everybody on the machine may read a development key, so only the machine itself is served.
    private func refuseDevelopmentKeys() throws(ConfigurationError) {
        guard tokens.keys.contains(where: \.isDevelopment) else { return }
        let addresses =
            [("HTTP_ADDRESS", monitoring.address)]
            + (adminPort == nil ? [] : [("ADMIN_ADDRESS", adminAddress)])
        for (name, address) in addresses where !Self.isLoopback(address) {
            throw ConfigurationError(
                "\(name)=\(address ?? ""): with a development key in TOKEN_KEY_FILE or "
                    + "TOKEN_SECOND_KEY_FILE only 127.0.0.1 or ::1 may be listened on"
            )
        }
    }

    private static func isLoopback(_ address: String?) -> Bool {
        address == "::1" || address == "127.0.0.1"
    }
}
