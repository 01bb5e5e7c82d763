import Foundation

/// Prometheus' own judge of expositions.
package enum Promtool {
    /// What `promtool check metrics` has to say about a text; empty when it is content. Nil where
    /// it is not installed.
    package static func complaints(about exposition: String) throws -> String? {
        let paths = ["/usr/bin/promtool", "/usr/local/bin/promtool"]
        guard let path = paths.first(where: FileManager.default.isExecutableFile(atPath:)) else {
            return nil
        }
        let directory = try TemporaryDirectory("promtool")
        let file = directory.path + "/metrics"
        try exposition.write(toFile: file, atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = ["check", "metrics"]
        process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: file))
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let said = String(decoding: text, as: UTF8.self)
        guard process.terminationStatus == 0 else {
            return said.isEmpty ? "promtool ends with \(process.terminationStatus)" : said
        }
        return said
    }
}
