import Foundation

/// A Prometheus that scrapes the given ports once a second, its data in a directory of its own.
package final class PrometheusServer: Sendable {
    /// What Prometheus says of one of its targets.
    package struct Target: Equatable, Decodable {
        package let scrapeUrl: String
        /// `up`, `down` or `unknown`.
        package let health: String
        package let lastError: String
    }

    private struct Answer<Content: Decodable>: Decodable {
        let data: Content
    }

    private struct Targets: Decodable {
        let activeTargets: [Target]
    }

    private struct Vector: Decodable {
        let result: [Series]
    }

    private struct Series: Decodable {
        private enum Key: CodingKey { case value }

        let value: String

        /// The value is a pair: a time, and the figure as text.
        init(from decoder: any Decoder) throws {
            var pair = try decoder.container(keyedBy: Key.self).nestedUnkeyedContainer(
                forKey: .value
            )
            _ = try pair.decode(Double.self)
            value = try pair.decode(String.self)
        }
    }

    private let port: Int
    private let process: ServerProcess
    private let directory: TemporaryDirectory

    private init(port: Int, process: ServerProcess, directory: TemporaryDirectory) {
        self.port = port
        self.process = process
        self.directory = directory
    }

    /// Starts one and waits until it answers.
    package static func start(scraping ports: [Int]) async throws -> PrometheusServer {
        let directory = try TemporaryDirectory("prometheus")
        let port = try freePort()
        let targets = ports.map { "'127.0.0.1:\($0)'" }.joined(separator: ", ")
        let file = directory.path + "/prometheus.yml"
        try """
        global:
          scrape_interval: 1s
        scrape_configs:
          - job_name: engine
            static_configs:
              - targets: [\(targets)]
        """.write(toFile: file, atomically: true, encoding: .utf8)
        let process = ServerProcess(
            [
                "prometheus", "--config.file=\(file)",
                "--storage.tsdb.path=\(directory.path)/data",
                "--web.listen-address=127.0.0.1:\(port)",
            ],
            logPath: directory.path + "/prometheus.log"
        )
        let server = PrometheusServer(port: port, process: process, directory: directory)
        try process.start()
        // It listens before it answers.
        let isReady = try await eventually(within: .seconds(30)) {
            (try? await HTTPAnswer.get(port: port, "/-/ready").status) == 200
        }
        guard isReady else {
            throw FixtureError("prometheus did not come up: \(process.log.suffix(2_000))")
        }
        return server
    }

    /// What it scrapes, and how that goes.
    package func targets() async throws -> [Target] {
        let answer = try await HTTPAnswer.get(port: port, "/api/v1/targets?state=active")
        return try JSONDecoder().decode(Answer<Targets>.self, from: answer.body)
            .data.activeTargets
    }

    /// The values of an instant query, as text.
    package func values(_ query: String) async throws -> [String] {
        let escaped =
            query.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? query
        let answer = try await HTTPAnswer.get(port: port, "/api/v1/query?query=\(escaped)")
        return try JSONDecoder().decode(Answer<Vector>.self, from: answer.body).data.result
            .map(\.value)
    }
}
