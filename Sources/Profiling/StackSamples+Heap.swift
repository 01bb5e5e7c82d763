import Glibc

extension StackSamples {
    /// Reads the `heap_v2` text of `HeapProfiler.sample`. Nil where it is not that.
    ///
    /// A line is `objects: bytes [objects: bytes] @ stack`, held and ever allocated; tcmalloc gives the
    /// same for both. The header ends with the number of bytes of which one is sampled.
    init?(heap bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        let lines = text.split(separator: "\n")
        guard let header = lines.first, header.hasPrefix("heap profile:"),
            let slash = header.lastIndex(of: "/"),
            let rate = Int64(header[header.index(after: slash)...]), rate > 0
        else { return nil }
        period = rate
        periodMeasure = Measure(name: "space", unit: "bytes")
        measures = [
            Measure(name: "inuse_objects", unit: "count"),
            Measure(name: "inuse_space", unit: "bytes"),
        ]
        samples = lines.dropFirst().compactMap { Self.heapSample($0, rate: rate) }
        files = LoadedFile.list(text)
    }

    private static func heapSample(_ line: Substring, rate: Int64) -> Sample? {
        guard let at = line.firstIndex(of: "@") else { return nil }
        let numbers = line[..<at].split { !$0.isASCII || !$0.isNumber }.compactMap { Int64($0) }
        let stack = line[at...].dropFirst().split(separator: " ").compactMap {
            UInt64($0.dropFirst(2), radix: 16)
        }
        guard numbers.count == 4, numbers[0] > 0, numbers[1] > 0, !stack.isEmpty else { return nil }
        return Sample(
            values: scaled(objects: numbers[0], bytes: numbers[1], rate: rate),
            stack: callSites(stack, isFirstExact: false)
        )
    }

    /// What samples stand for: an object of `s` bytes is sampled with the probability `1 − e^(−s/rate)`
    /// (gperftools, sampler.h).
    static func scaled(objects: Int64, bytes: Int64, rate: Int64) -> [Int64] {
        let averageBytes = Double(bytes) / Double(objects)
        let scale = 1 / (1 - exp(-averageBytes / Double(rate)))
        return [objects, bytes].map { Int64(exactly: (Double($0) * scale).rounded()) ?? .max }
    }
}
