import Foundation

/// Prometheus' own judge of expositions and rules. Every call answers what it has to say, empty when
/// it is content, and nil where it is not installed.
package enum Promtool {
    /// `promtool check metrics` about a text.
    package static func complaints(about exposition: String) throws -> String? {
        let directory = try TemporaryDirectory("promtool")
        let file = directory.path + "/metrics"
        try exposition.write(toFile: file, atomically: true, encoding: .utf8)
        return try run(["check", "metrics"], reading: file)
    }

    /// `promtool check rules` about a file.
    package static func complaints(aboutRules path: String) throws -> String? {
        try run(["check", "rules", "--lint=all", "--lint-fatal", path], isQuiet: false)
    }

    /// - Parameter isQuiet: whether it says nothing when it is content.
    private static func run(
        _ arguments: [String],
        reading input: String = "/dev/null",
        isQuiet: Bool = true
    ) throws -> String? {
        let paths = ["/usr/bin/promtool", "/usr/local/bin/promtool"]
        guard let path = paths.first(where: FileManager.default.isExecutableFile(atPath:)) else {
            return nil
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: input))
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
        return isQuiet ? said : ""
    }
}
