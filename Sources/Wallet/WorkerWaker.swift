import JetStream
import ServiceKit
import Telemetry
import Threading
import Topology

/// The thread that tells workers by NATS that there is something to do. Nothing depends on it:
/// workers look by themselves every second, and while NATS is away nobody is told.
final class WorkerWaker: Sendable {
    private static let subject = Topology.jobsSubject
    /// Between two calls at least: one is enough for all that came before.
    private static let every = Duration.milliseconds(20)
    private static let connectEvery = Duration.seconds(5)
    /// An attempt that hangs leaves a thread of libnats behind until the server lets go of it.
    private static let wedgedEvery = Duration.seconds(300)

    private struct State {
        var isDue = false
        var isEnding = false
    }

    private let nats: NATSConfiguration
    private let logger: Logger
    private let state = Monitor(State())

    init(_ nats: NATSConfiguration, logger: Logger) {
        self.nats = nats
        self.logger = logger
    }

    /// There is something to do. Any thread may say so; it costs a lock.
    func wake() {
        state.withLock { $0.isDue = true }
        state.wakeOne()
    }

    func stop() { state.update { $0.isEnding = true } }

    /// Blocks until it is time to stop.
    func run() {
        var isTold = false
        while !isEnding {
            var pause = Self.connectEvery
            do throws(JetStreamError) {
                let connection = try NATSConnection(nats) { _ in }
                defer { connection.close() }
                isTold = false
                try tell(over: connection)
            } catch {
                if !isTold {
                    logger.warning(
                        "workers are not woken; they look every second",
                        ["error": error]
                    )
                }
                isTold = true
                if case .wedged = error { pause = Self.wedgedEvery }
            }
            rest(pause)
        }
    }

    private var isEnding: Bool { state.withLock { $0.isEnding } }

    /// Returns when it is time to stop, or the connection is gone for good.
    private func tell(over connection: NATSConnection) throws(JetStreamError) {
        while waitUntilDue() {
            let health = connection.probe()
            guard !health.isWedged, !health.isClosed else { return }
            if connection.isConnected {
                try connection.publish(Self.subject, body: [])
            }
            rest(Self.every)
        }
    }

    /// - Returns: false when it is time to stop.
    private func waitUntilDue() -> Bool {
        state.wait { state in
            if state.isEnding { return .done(false) }
            guard state.isDue else { return .wait }
            state.isDue = false
            return .done(true)
        }
    }

    private func rest(_ time: Duration) {
        _ = state.wait(atMost: time) { $0.isEnding ? true : nil }
    }
}
