import Foundation
import Testing

/// The list of settings is complete.
struct ConfigurationDocumentTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../..").standardizedFileURL

    /// Names in upper case that are handed to an `Environment`.
    private func variables() throws -> Set<String> {
        var found: Set<String> = []
        for folder in ["Sources", "load-simulator"] {
            let files = FileManager.default.enumerator(
                at: Self.root.appendingPathComponent(folder),
                includingPropertiesForKeys: nil
            )
            while let file = files?.nextObject() as? URL {
                guard file.pathExtension == "swift" else { continue }
                let text = try String(contentsOf: file, encoding: .utf8)
                let reads = text.matches(
                    of: /nvironment\.(?:string|integer|flag|choice)\(\s*"([A-Z_]+)"/
                )
                found.formUnion(reads.map { String($0.1) })
            }
        }
        return found
    }

    @Test func `every variable that is read is in docs CONFIGURATION`() throws {
        let document = try String(
            contentsOf: Self.root.appendingPathComponent("docs/CONFIGURATION.md"),
            encoding: .utf8
        )
        let variables = try variables()
        #expect(variables.contains("NATS_URL") && variables.count > 15)
        #expect(variables.filter { !document.contains("`\($0)`") } == [])
    }
}
