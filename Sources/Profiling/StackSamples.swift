/// A profile as gperftools records it: how often, or how much, by stacks of addresses.
struct StackSamples {
    /// What a value counts.
    struct Measure: Equatable {
        let name: String
        let unit: String
    }

    struct Sample: Equatable {
        /// One for each measure.
        let values: [Int64]
        /// Instructions, the innermost first. Callers are given by the last byte of their call, so that
        /// a call at the end of a function is not taken for the next function.
        let stack: [UInt64]
    }

    var measures: [Measure]
    /// What the time between two samples is measured in, and how much it is.
    var periodMeasure: Measure
    var period: Int64
    var samples: [Sample] = []
    /// Files with code, by address.
    var files: [LoadedFile] = []

    /// Stacks hold return addresses, except at the innermost place of an interrupted one.
    static func callSites(_ stack: [UInt64], isFirstExact: Bool) -> [UInt64] {
        stack.enumerated().map { index, address in
            index == 0 && isFirstExact ? address : address &- 1
        }
    }
}

/// A file's code in memory: a line of `/proc/self/maps` (proc_pid_maps(5)).
struct LoadedFile: Equatable {
    let addresses: Range<UInt64>
    let offset: UInt64
    let path: String

    /// Nil for what is no line of the map, or no code.
    init?(line: Substring) {
        // start-end permissions offset device inode path
        let parts = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
        guard parts.count == 6, parts[1].contains("x") else { return nil }
        let ends = parts[0].split(separator: "-")
        guard ends.count == 2, let start = UInt64(ends[0], radix: 16),
            let end = UInt64(ends[1], radix: 16), start < end,
            let offset = UInt64(parts[2], radix: 16)
        else { return nil }
        addresses = start..<end
        self.offset = offset
        path = String(parts[5].drop { $0 == " " })
    }

    /// All of them in a text that may hold other lines.
    static func list(_ text: some StringProtocol) -> [LoadedFile] {
        text.split(separator: "\n").compactMap { LoadedFile(line: Substring($0)) }
            .sorted { $0.addresses.lowerBound < $1.addresses.lowerBound }
    }
}
