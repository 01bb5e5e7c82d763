import JetStream
import NATSAccess
import ServiceKit
import Telemetry

/// Deletes the backends' consumer; `betctl streams` makes it anew, and everything is delivered again.
enum Rewinding {
    static func run(_ environment: Environment) throws {
        let connection = try Connecting.connect(environment)
        defer { connection.close() }
        try JetStreamManager(connection).deleteConsumer(
            stream: "bets_stream",
            consumer: "bets_consumer"
        )
    }
}

/// A connection that ends the run when anything is wrong with it.
enum Connecting {
    static func connect(_ environment: Environment) throws -> NATSConnection {
        try NATSConnection(
            NATSConfiguration(environment, role: .operator, name: "benchmark-probe")
        ) { event in
            if case .slowConsumer = event { StandardError.complain("benchmark-probe: fell behind") }
        }
    }
}
