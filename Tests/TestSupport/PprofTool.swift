import Foundation

/// `go tool pprof`, as a person would run it.
package enum PprofTool {
    /// What `-top` prints for a profile at a URL.
    package static func top(_ url: String, _ options: [String] = []) async throws -> String {
        let directory = try TemporaryDirectory("pprof")
        let pprof = ServerProcess(
            ["go", "tool", "pprof", "-top"] + options + [url],
            environment: ["PPROF_TMPDIR": directory.path, "HOME": directory.path],
            logPath: directory.path + "/log"
        )
        try pprof.start()
        let status = try await pprof.waitForExit(timeout: .seconds(90))
        guard status == 0 else { throw FixtureError("pprof: \(pprof.log)") }
        return pprof.log
    }
}
