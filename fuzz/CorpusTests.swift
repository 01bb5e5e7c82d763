import Foundation
import Testing

/// Every input that is kept: those the fuzzer started from, and those that once found something.
@Suite struct CorpusTests {
    private static let directory = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().appendingPathComponent("corpus")

    @Test(arguments: FuzzTarget.allCases)
    func `what is kept breaks no rule`(target: FuzzTarget) throws {
        let files = try FileManager.default.contentsOfDirectory(
            at: Self.directory.appendingPathComponent(target.rawValue),
            includingPropertiesForKeys: nil
        )
        #expect(!files.isEmpty)
        for file in files { target.take([UInt8](try Data(contentsOf: file))) }
    }

    @Test func `the corpus has inputs of every reader, and no others`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.directory.path)
        #expect(Set(names) == Set(FuzzTarget.allCases.map(\.rawValue)))
    }
}
