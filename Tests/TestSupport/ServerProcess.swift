import Foundation
import Synchronization

/// A child process that cannot outlive the tests: a small shell holds it, and ends it when the
/// pipe to this process closes, however this process ended. Both are in a session of their own, so
/// that a signal to the tests' group (Ctrl-C, a time limit) leaves them the time for it.
package final class ServerProcess: Sendable {
    private struct State {
        /// Of the shell, which passes the server's status on.
        var reaper: ChildReaper?
        var server: pid_t = 0
        /// Closing it ends the server.
        var lifeline: Int32 = -1
    }

    /// First closes what it inherited, or it would hold other fixtures' lifelines open.
    /// The server's parent: waits for it and passes its exit status on; the watcher beside it ends
    /// the server when the lifeline on descriptor 0 closes, and kills it when it is still there
    /// after 8 s.
    private static let script = """
        ending=$1 log=$2; shift 2
        for open in /proc/$$/fd/*; do
          number=${open##*/}; [ "$number" -gt 2 ] && [ "$number" -lt 255 ] && eval "exec $number>&-"
        done
        exec 3<&0
        "$@" >>"$log" 2>&1 </dev/null 3<&- & server=$!
        echo $server; exec >/dev/null 2>&1
        (read -r _ <&3; kill -$ending $server; kill -CONT $server
          for _ in {1..80}; do sleep 0.1; done; kill -9 $server) & watcher=$!
        exec 3<&- </dev/null
        wait $server; status=$?; kill -9 $watcher; exit $status
        """

    /// Where standard output and error go.
    package let logPath: String

    private let arguments: [String]
    private let endSignal: Int32
    private let environment: [String: String]
    private let state = Mutex(State())

    /// - Parameters:
    ///   - arguments: the program and its arguments; the program is looked up in `PATH`.
    ///   - environment: added to this process's own.
    ///   - endSignal: what ends it with the tests or with this object. A server that leaves something
    ///     behind when it is killed takes another one than `SIGKILL`.
    ///   - logPath: appended to at each start.
    package init(
        _ arguments: [String],
        environment: [String: String] = [:],
        endSignal: Int32 = SIGKILL,
        logPath: String
    ) {
        self.arguments = arguments
        self.endSignal = endSignal
        self.environment = environment
        self.logPath = logPath
    }

    deinit {
        kill(endSignal)
        state.withLock { if $0.lifeline >= 0 { close($0.lifeline) } }
    }

    /// The process id, 0 when it was never started.
    package var pid: Int32 { state.withLock { $0.server } }

    package var isRunning: Bool { exitStatus == nil && pid > 0 }

    /// The exit status (128 + signal if killed), nil while the process runs.
    package var exitStatus: Int32? { state.withLock { $0.reaper }?.exitStatus }

    /// Everything the process wrote so far.
    package var log: String { (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "" }

    package func start() throws {
        precondition(!isRunning, "\(arguments[0]) is already running")
        let input = try Descriptors()
        let output = try Descriptors()
        defer {
            close(input.reading)
            close(output.reading)
        }
        let reaper: ChildReaper
        do {
            defer { close(output.writing) }
            let shell = try spawn(
                ["/bin/bash", "-c", Self.script, "bash", "\(endSignal)", logPath] + arguments,
                environment: ProcessInfo.processInfo.environment
                    .merging(environment) { _, ours in ours },
                input: input.reading,
                output: output.writing
            )
            reaper = ChildReaper(shell)
        } catch {
            close(input.writing)
            throw error
        }
        var line = [UInt8](repeating: 0, count: 32)
        let count = unsafe read(output.reading, &line, line.count)
        let text = String(decoding: line.prefix(max(0, count)), as: UTF8.self)
        guard let server = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            close(input.writing)
            throw FixtureError("\(arguments[0]) did not start: \(log)")
        }
        state.withLock {
            if $0.lifeline >= 0 { close($0.lifeline) }
            $0 = State(reaper: reaper, server: server, lifeline: input.writing)
        }
    }

    /// Sends a signal; `SIGCONT` thaws a process that `freeze()` stopped.
    package func kill(_ signal: Int32) {
        if isRunning { _ = Glibc.kill(pid, signal) }
    }

    /// Stops the process and waits until every thread of it stands still: one thread takes the
    /// signal, and the others run on until it has.
    package func freeze() async throws {
        kill(SIGSTOP)
        let tasks = "/proc/\(pid)/task"
        let isStopped = try await eventually {
            try FileManager.default.contentsOfDirectory(atPath: tasks).allSatisfy { task in
                let line = try String(contentsOfFile: "\(tasks)/\(task)/stat", encoding: .utf8)
                return line.split(separator: ")").last?.hasPrefix(" T") == true
            }
        }
        guard isStopped else { throw FixtureError("process \(pid) does not stop") }
    }

    /// Waits until the process has ended and returns its exit status (128 + signal if killed), nil
    /// when it is still there after `timeout`.
    package func waitForExit(timeout: Duration = .seconds(20)) async throws -> Int32? {
        try await eventually(within: timeout) { !self.isRunning }
        return exitStatus
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

/// Both ends of a pipe, closed in children unless handed over.
private struct Descriptors {
    let reading: Int32
    let writing: Int32

    init() throws {
        var both: [Int32] = [0, 0]
        guard unsafe pipe(&both) == 0 else { throw FixtureError("pipe: \(errno)") }
        for end in both { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        reading = both[0]
        writing = both[1]
    }
}

/// `POSIX_SPAWN_SETSID` of glibc's `spawn.h`, which hides it without `_GNU_SOURCE`.
private let newSession: Int32 = 0x80

/// `posix_spawn` with default signals and an empty signal mask: what a test process has blocked
/// must not be blocked in a server. In a new session.
private func spawn(
    _ arguments: [String],
    environment: [String: String],
    input: Int32,
    output: Int32
) throws -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)

    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    var all = sigset_t()
    unsafe sigemptyset(&none)
    unsafe sigfillset(&all)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setsigdefault(&attributes, &all)
    unsafe posix_spawnattr_setflags(
        &attributes,
        Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | newSession)
    )

    var pid: pid_t = 0
    var argv = unsafe arguments.map { unsafe strdup($0) } + [nil]
    var envp = unsafe environment.map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
    defer { unsafe (argv + envp).forEach { unsafe free($0) } }
    let failure = unsafe posix_spawn(&pid, arguments[0], &actions, &attributes, &argv, &envp)
    guard failure == 0 else { throw FixtureError("posix_spawn \(arguments[0]): \(failure)") }
    return pid
}
