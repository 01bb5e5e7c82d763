package import TestSupport

/// Backends and aggregators as their pods start them.
extension Engine {
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
}
