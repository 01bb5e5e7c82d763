package import TestSupport

/// Backends and aggregators as their pods start them.
extension Engine {
    private static let startLimit = Duration.seconds(60)

    /// Starts a pod's program and returns at once.
    ///
    /// - Parameter directory: of another build; nil for the one under test.
    package func begin(
        _ program: Program,
        pod name: String,
        from directory: String? = nil
    ) throws -> ServerProcess {
        try begin(program, from: directory, environment: ["POD_NAME": name])
    }

    /// Waits until a program answers `/readyz` with 200, as the pod's probe does.
    package func ready(_ process: ServerProcess) async throws {
        let port = try await process.httpPort()
        let isReady = try await eventually(within: Self.startLimit) {
            guard process.isRunning else { return true }
            return (try? await HTTPAnswer.get(port: port, "/readyz").status) == 200
        }
        guard isReady, process.isRunning else {
            throw FixtureError("it does not become ready: \(process.log)")
        }
    }

    /// Starts a backend and waits until it is in the queue group.
    package func startBackend(
        _ name: String,
        environment: [String: String] = [:]
    ) async throws -> ServerProcess {
        let backend = try begin(
            .backend,
            environment: environment.merging(["POD_NAME": name]) { given, _ in given }
        )
        let isTaking = try await eventually(within: Self.startLimit) {
            backend.log.contains("taking bets") || !backend.isRunning
        }
        guard isTaking, backend.isRunning else {
            throw FixtureError("\(name) does not take bets: \(backend.log)")
        }
        return backend
    }

    /// Starts an aggregator and waits until it has something to show.
    package func startAggregator(
        _ name: String,
        environment: [String: String] = [:]
    ) async throws -> ServerProcess {
        let aggregator = try begin(
            .statsAggregator,
            environment: environment.merging(["POD_NAME": name]) { given, _ in given }
        )
        try await ready(aggregator)
        return aggregator
    }
}
