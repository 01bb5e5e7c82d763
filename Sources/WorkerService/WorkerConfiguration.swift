package import JetStream
import LedgerStore
import NATSAccess
package import Observability
package import PostgresClient
package import ServiceKit

/// Everything a worker can be told, from its environment.
package struct WorkerConfiguration: ServiceConfiguration {
    package static let portDefault = ServicePort.worker.rawValue

    package var podID: String
    package var nats: NATSConfiguration
    package var postgres: PostgresConfiguration
    package var monitoring: MonitoringConfiguration
    /// Threads that match, settle and refund, each with a connection of its own.
    package var matchers: Int
    package var settlers: Int
    package var refunders: Int
    /// So long a bet may be open in a round that takes bets.
    package var refundAfterSeconds: Int

    /// `NATS_URL`, `POSTGRES_URL`, `POD_NAME` or `HOSTNAME`, `WORKER_MATCHERS`, `WORKER_SETTLERS`,
    /// `WORKER_REFUNDERS`, `REFUND_AFTER`, and what `MonitoringConfiguration` reads.
    ///
    /// - Throws: an error that names the variable that is wrong.
    package init(_ environment: Environment) throws {
        podID = try podName(environment)
        // It publishes bets, as any producer does.
        nats = try NATSConfiguration(environment, role: .publisher, name: podID)
        postgres = LedgerStore.configuration(
            url: ServerAddresses(environment).postgresURL,
            applicationName: "worker \(podID)"
        )
        monitoring = try MonitoringConfiguration(environment, port: Self.portDefault)
        matchers = try environment.integer("WORKER_MATCHERS", default: 2, in: 0...64)
        settlers = try environment.integer("WORKER_SETTLERS", default: 2, in: 0...64)
        refunders = try environment.integer("WORKER_REFUNDERS", default: 1, in: 0...64)
        refundAfterSeconds = try environment.integer("REFUND_AFTER", default: 300, in: 1...604_800)
    }
}
