import Foundation
import TestSupport

/// The engine's executables, as they were built beside this test. `ENGINE_PROGRAMS` names another
/// directory that holds them, for instance of a release build.
package enum Program: String {
    case apiServer = "api-server"
    case backend
    case betctl
    case loadSimulator = "load-simulator"
    case statsAggregator = "stats-aggregator"
    case worker
    /// Places bets in groups (benchmarks/ledger).
    case ledgerLoad = "ledger-load"

    /// Its file.
    package func path() throws -> String {
        let path = try Self.directory.appendingPathComponent(rawValue).path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw FixtureError("\(path) is not there: build all products first")
        }
        return path
    }

    /// Whether they are optimised and hold the runtime, as those that are shipped; told by the
    /// directory's name.
    package static var areRelease: Bool {
        get throws { try directory.resolvingSymlinksInPath().lastPathComponent == "release" }
    }

    /// Whether they can be told to kill or freeze themselves.
    package static var haveFaultPoints: Bool { (try? areRelease) == false }

    private static var directory: URL {
        get throws {
            if let given = ProcessInfo.processInfo.environment["ENGINE_PROGRAMS"] {
                return URL(fileURLWithPath: given)
            }
            let test = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            return URL(fileURLWithPath: test).deletingLastPathComponent()
        }
    }
}

/// How a program ended that ran to its end.
package struct ProgramResult {
    /// The exit status, 128 + signal if it was killed.
    package let status: Int32
    /// Standard output and error.
    package let output: String
}
