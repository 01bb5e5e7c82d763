import Foundation
import TestSupport

/// The engine's executables, as they were built beside this test.
enum Program: String {
    case backend
    case betctl
    case loadSimulator = "load-simulator"

    /// Its file.
    func path() throws -> String {
        let test = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let products = URL(fileURLWithPath: test).deletingLastPathComponent()
        let path = products.appendingPathComponent(rawValue).path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw FixtureError("\(path) is not there: build all products first")
        }
        return path
    }
}

/// How a program ended that ran to its end.
struct ProgramResult {
    /// The exit status, 128 + signal if it was killed.
    let status: Int32
    /// Standard output and error.
    let output: String
}
