extension StackSamples {
    /// Reads the binary form of `CPUProfiler.profile`: 64-bit words, little-endian, then the map as
    /// text (gperftools, docs/cpuprofile-fileformat.html). Nil where it is not that.
    init?(cpu bytes: [UInt8]) {
        var words = WordReader(bytes: bytes)
        // Always 0, words that follow, version, period, padding.
        guard words.next() == 0, words.next() == 3, words.next() == 0,
            let microseconds = words.next(), words.next() == 0,
            microseconds > 0, microseconds < 1_000_000_000
        else { return nil }
        period = Int64(microseconds) * 1_000
        periodMeasure = Measure(name: "cpu", unit: "nanoseconds")
        measures = [Measure(name: "samples", unit: "count"), periodMeasure]
        while let count = words.next(), let depth = words.next() {
            guard let stack = words.next(Int(clamping: depth)) else { return nil }
            // 0 samples of the address 0 end the list.
            if count == 0, stack == [0] {
                files = LoadedFile.list(String(decoding: words.rest, as: UTF8.self))
                return
            }
            guard count > 0, count < 1 << 32, !stack.isEmpty else { return nil }
            samples.append(
                Sample(
                    values: [Int64(count), Int64(count) &* period],
                    stack: Self.callSites(stack, isFirstExact: true)
                )
            )
        }
        return nil
    }
}

/// Takes 64-bit words off a buffer.
private struct WordReader {
    let bytes: [UInt8]
    private var position = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var rest: ArraySlice<UInt8> { bytes[position...] }

    mutating func next() -> UInt64? {
        guard bytes.count - position >= 8 else { return nil }
        var word: UInt64 = 0
        for index in (0..<8).reversed() { word = word << 8 | UInt64(bytes[position + index]) }
        position += 8
        return word
    }

    /// Nil when there are not so many.
    mutating func next(_ count: Int) -> [UInt64]? {
        guard count <= (bytes.count - position) / 8 else { return nil }
        return (0..<count).compactMap { _ in next() }
    }
}
