import Foundation
import Synchronization

/// A child process that cannot outlive the tests: a small shell holds it, and ends it when the
/// pipe to this process closes, however this process ended.
package final class ServerProcess: Sendable {
    private struct State {
        var shell: Process?
        var pipe: Pipe?
        var pid: Int32 = 0
    }

    /// Where standard output and error go.
    package let logPath: String

    private let arguments: [String]
    private let environment: [String: String]
    private let state = Mutex(State())

    /// - Parameters:
    ///   - arguments: the program and its arguments; the program is looked up in `PATH`.
    ///   - environment: added to this process's own.
    ///   - logPath: appended to at each start.
    package init(
        _ arguments: [String],
        environment: [String: String] = [:],
        logPath: String
    ) {
        self.arguments = arguments
        self.environment = environment
        self.logPath = logPath
    }

    deinit {
        kill(SIGKILL)
        state.withLock { try? $0.pipe?.fileHandleForWriting.close() }
    }

    /// The process id, 0 when it was never started.
    package var pid: Int32 { state.withLock { $0.pid } }

    package var isRunning: Bool { state.withLock { $0.shell?.isRunning ?? false } }

    /// Everything the process wrote so far.
    package var log: String { (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "" }

    package func start() throws {
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        // The watcher ends the server when standard input closes; the shell itself waits for the
        // server, so that its exit status is ours to read.
        let script = """
            exec 3<&0; log=$1; shift
            "$@" >>"$log" 2>&1 </dev/null 3<&- & server=$!
            (exec >/dev/null 2>&1; read -r _ <&3; kill -9 $server 2>/dev/null) & watcher=$!
            exec 3<&-; echo $server; exec >/dev/null
            wait $server; status=$?; kill $watcher 2>/dev/null; exit $status
            """
        shell.arguments = ["-c", script, "sh", logPath] + arguments
        shell.environment = ProcessInfo.processInfo.environment
            .merging(environment) { _, ours in ours }
        let input = Pipe()
        let output = Pipe()
        // Or the next child would hold this one's pipe open.
        _ = fcntl(input.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        shell.standardInput = input
        shell.standardOutput = output
        try shell.run()
        try input.fileHandleForReading.close()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let pid = Int32(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw FixtureError("\(arguments[0]) did not start: \(log)")
        }
        state.withLock { $0 = State(shell: shell, pipe: input, pid: pid) }
    }

    /// Sends a signal; `SIGSTOP` and `SIGCONT` freeze and thaw the process.
    package func kill(_ signal: Int32) {
        let pid = state.withLock { $0.shell?.isRunning == true ? $0.pid : 0 }
        if pid > 0 { _ = Glibc.kill(pid, signal) }
    }

    /// Waits until the process has ended and returns its exit status (128 + signal if killed), nil
    /// when it is still there after `timeout`.
    package func waitForExit(timeout: Duration = .seconds(20)) async throws -> Int32? {
        guard let shell = state.withLock({ $0.shell }) else { return nil }
        _ = try await eventually(within: timeout) { !shell.isRunning }
        return shell.isRunning ? nil : shell.terminationStatus
    }

    /// Ends the process by `signal` and waits for it, by `SIGKILL` after 15 s.
    package func stop(_ signal: Int32 = SIGTERM) async throws {
        kill(signal)
        if try await waitForExit(timeout: .seconds(15)) == nil {
            kill(SIGKILL)
            _ = try await waitForExit()
        }
    }
}
