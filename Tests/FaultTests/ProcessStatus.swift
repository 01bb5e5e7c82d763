import EngineHarness
import Foundation
import TestSupport
import Testing

/// What the kernel says about a process.
struct ProcessStatus {
    /// What a pod may occupy, in KiB: the promise for release builds, and what debug builds, with
    /// their shared libraries, need.
    static var peakMemoryKiBMax: Int {
        get throws { try (Program.areRelease ? 25 : 40) * 1_024 }
    }

    let parent: Int32
    /// The most memory that was ever resident.
    let peakMemoryKiB: Int

    /// - Throws: when there is no such process, or it has ended.
    init(pid: Int32) throws {
        let text = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        var fields: [Substring: Int] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace)
            if words.count > 1, let number = Int(words[1]) { fields[words[0]] = number }
        }
        guard let parent = fields["PPid:"], let peak = fields["VmHWM:"] else {
            throw FixtureError("process \(pid) has ended")
        }
        self.parent = Int32(parent)
        peakMemoryKiB = peak
    }

    static func children(of pid: Int32) throws -> [Int32] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }
            .filter { (try? ProcessStatus(pid: $0))?.parent == pid }
    }
}
