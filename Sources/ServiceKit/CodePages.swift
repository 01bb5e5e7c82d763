import Glibc
import Threading

/// Gives back the pages of code that a process needed once: the loader, the runtime and the
/// libraries touch most of theirs at the start, and others when a server goes away and comes back.
/// What is needed again is mapped again from the page cache.
package enum CodePages {
    /// A thousand page faults each time, less than a millisecond.
    private static let every = Duration.seconds(10)

    /// Gives them back now, when the process has everything it needs, and again and again.
    package static func keepGivingBack() {
        giveBack()
        BlockingThread.start("pages") {
            while true {
                BlockingThread.pause(for: every)
                giveBack()
            }
        }
    }

    /// Drops every page of code from this process's resident memory. Costs some page faults
    /// afterwards; where it cannot be done nothing happens.
    ///
    /// Only mappings that are executable and not writable are touched: they are never changed, so
    /// nothing can be lost.
    package static func giveBack() {
        for mapping in codeMappings() {
            guard let start = unsafe UnsafeMutableRawPointer(bitPattern: mapping.lowerBound) else {
                continue
            }
            _ = unsafe madvise(start, Int(mapping.upperBound - mapping.lowerBound), MADV_DONTNEED)
        }
    }

    /// The address ranges of files that are mapped `r-xp`.
    static func codeMappings() -> [Range<UInt>] {
        guard let text = readMaps() else { return [] }
        return text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            guard fields.count >= 6, fields[1] == "r-xp", fields[5].hasPrefix("/") else {
                return nil
            }
            let bounds = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            guard bounds.count == 2, bounds[0] < bounds[1] else { return nil }
            return bounds[0]..<bounds[1]
        }
    }

    private static let mapsBytesMax = 1 << 18

    private static func readMaps() -> String? {
        let file = unsafe open("/proc/self/maps", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 12)
        while bytes.count < mapsBytesMax {
            let count = unsafe read(file, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
