package import TestSupport

extension ServerProcess {
    /// Where the program listens for HTTP, as it logged it; waits until it does.
    package func httpPort() async throws -> Int {
        var port: Int?
        try await eventually(within: .seconds(30)) {
            port = self.log.firstMatch(of: /http=(\d+)/).flatMap { Int($0.1) }
            return port != nil || !self.isRunning
        }
        guard let port else { throw FixtureError("no port in \(log.suffix(2_000))") }
        return port
    }
}
