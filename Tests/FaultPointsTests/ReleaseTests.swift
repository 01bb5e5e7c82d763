import Foundation
import Testing

/// What is shipped has no fault points.
@Suite struct ReleaseTests {
    /// Of this checkout.
    private static let release = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent(".build/release")

    private static let isBuilt = FileManager.default.fileExists(
        atPath: release.appendingPathComponent("backend").path
    )

    @Test(.enabled(if: isBuilt, "no release executables: `make build`"))
    func `release executables do not know the variables that arm them`() throws {
        for program in ["backend", "load-simulator", "stats-aggregator", "worker", "betctl"] {
            let bytes = try Data(
                contentsOf: Self.release.appendingPathComponent(program),
                options: .alwaysMapped
            )
            for name in ["FAULT_AT", "FAULT_LOG"] {
                #expect(bytes.range(of: Data(name.utf8)) == nil, "\(program): \(name)")
            }
        }
    }

    @Test func `test builds do`() throws {
        let test = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let backend = URL(fileURLWithPath: test).deletingLastPathComponent()
            .appendingPathComponent("backend")
        let bytes = try Data(contentsOf: backend, options: .alwaysMapped)
        #expect(bytes.range(of: Data("FAULT_AT".utf8)) != nil)
    }
}
