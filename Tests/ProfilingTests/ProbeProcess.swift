import Foundation
import FoundationNetworking
import TestSupport

/// The probe as a process of its own, and what it answers.
final class ProbeProcess: Sendable {
    struct Answer {
        let status: Int
        let contentType: String
        let body: Data

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    let process: ServerProcess
    let port: Int
    private let directory: TemporaryDirectory

    /// Starts it and waits until it listens.
    static func start(_ environment: [String: String] = [:]) async throws -> ProbeProcess {
        let directory = try TemporaryDirectory("probe")
        let process = try run(environment, in: directory)
        try await eventually(within: .seconds(30)) { value("port", in: process.log) != nil }
        guard let port = value("port", in: process.log).flatMap({ Int($0) }) else {
            throw FixtureError("the probe does not listen: \(process.log)")
        }
        return ProbeProcess(process, port: port, directory)
    }

    /// Starts it without waiting.
    static func run(
        _ environment: [String: String],
        in directory: TemporaryDirectory
    ) throws -> ServerProcess {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let probe = URL(fileURLWithPath: own).deletingLastPathComponent()
            .appendingPathComponent("ProfilingProbe")
        let process = ServerProcess(
            [probe.path, "an argument"],
            environment: ["PROFILER": "1", "PROFILER_PORT": "0"]
                .merging(environment) { _, given in given },
            logPath: directory.path + "/log"
        )
        try process.start()
        return process
    }

    private init(_ process: ServerProcess, port: Int, _ directory: TemporaryDirectory) {
        self.process = process
        self.port = port
        self.directory = directory
    }

    /// What the probe printed as `name=value`, nil while it has not.
    static func value(_ name: String, in log: String) -> String? {
        log.split(separator: "\n").last { $0.hasPrefix(name + "=") }
            .map { String($0.dropFirst(name.count + 1)) }
    }

    func printed(_ name: String) -> String? { Self.value(name, in: process.log) }

    var base: String { "http://127.0.0.1:\(port)/debug/pprof/" }

    func get(_ path: String) async throws -> Answer { try await send("GET", path) }

    func send(_ method: String, _ path: String, _ body: String? = nil) async throws -> Answer {
        let text = path.hasPrefix("/") ? "http://127.0.0.1:\(port)\(path)" : base + path
        guard let url = URL(string: text) else {
            throw FixtureError("no URL: \(path)")
        }
        var request = URLRequest(url: url, timeoutInterval: 60)
        request.httpMethod = method
        request.httpBody = body.map { Data($0.utf8) }
        let session = URLSession(configuration: .ephemeral)
        defer { session.finishTasksAndInvalidate() }
        let (data, response) = try await session.data(for: request)
        guard let response = response as? HTTPURLResponse else { throw FixtureError("no HTTP") }
        return Answer(
            status: response.statusCode,
            contentType: response.value(forHTTPHeaderField: "Content-Type") ?? "",
            body: data
        )
    }

    /// What `go tool pprof -top` prints for a path of this process.
    func pprofTop(_ path: String, _ options: [String] = []) async throws -> String {
        try await PprofTool.top(base + path, options)
    }
}
