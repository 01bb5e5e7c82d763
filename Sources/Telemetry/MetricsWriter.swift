/// Writes metrics in the text format 0.0.4, family by family. What is beyond the limit is left out
/// and counted.
package struct MetricsWriter: ~Copyable {
    /// What an exposition may have: some 10,000 series.
    package static let bytesMax = 1 << 20

    /// The text so far, UTF-8.
    private(set) var bytes: [UInt8] = []
    /// Samples that were left out.
    private(set) var droppedSamples = 0

    private var bytesMax: Int
    private var family: (name: String, kind: MetricKind)?
    private var written: Set<String> = []
    private var isFull = false

    init(bytesMax: Int = Self.bytesMax) {
        self.bytesMax = bytesMax
        bytes.reserveCapacity(16 << 10)
    }

    /// Begins a family; the samples that follow belong to it, there may be none.
    ///
    /// The name must be well formed and not have been written before: one family has one place.
    package mutating func family(_ name: String, _ kind: MetricKind, _ help: String) {
        precondition(MetricGrammar.isMetricName(name), "\(name) cannot be the name of a metric")
        precondition(!help.isEmpty, "\(name) is not explained")
        precondition(written.insert(name).inserted, "\(name) is written twice")
        family = (name, kind)
        append { bytes in
            bytes.append(contentsOf: "# HELP \(name) ".utf8)
            MetricGrammar.appendEscaped(help, quotes: false, to: &bytes)
            bytes.append(contentsOf: "\n# TYPE \(name) \(kind.rawValue)\n".utf8)
        }
    }

    /// A value of the family that was begun last: a counter or gauge.
    package mutating func sample(_ value: Double, labels: [(String, String)] = []) {
        sample(MetricGrammar.text(of: value), MetricGrammar.text(of: labels))
    }

    /// A whole number, in all its digits.
    package mutating func sample(
        _ value: some FixedWidthInteger,
        labels: [(String, String)] = []
    ) {
        sample(String(value), MetricGrammar.text(of: labels))
    }

    /// A series of the histogram that was begun last.
    ///
    /// - Parameters:
    ///   - bounds: upper bounds of the buckets, rising; the last bucket has none.
    ///   - counts: of each bucket by itself, one more than bounds.
    ///   - sum: of all observations.
    package mutating func histogram(
        bounds: [Double],
        counts: [UInt64],
        sum: Double,
        labels: [(String, String)] = []
    ) {
        histogram(bounds: bounds, counts: counts, sum: sum, MetricGrammar.text(of: labels))
    }

    /// Labels as `MetricGrammar` wrote them.
    mutating func sample(_ value: String, _ labels: [UInt8]) {
        let family = current { $0 != .histogram }
        appendSamples { bytes in
            Self.appendSample(family, labels, value, to: &bytes)
        }
    }

    /// Labels as `MetricGrammar` wrote them.
    mutating func histogram(bounds: [Double], counts: [UInt64], sum: Double, _ labels: [UInt8]) {
        let family = current { $0 == .histogram }
        precondition(counts.count == bounds.count + 1, "\(family) has one bucket a bound and one")
        // The closing brace gives way to one label more.
        let open = labels.isEmpty ? Array("{".utf8) : labels.dropLast() + Array(",".utf8)
        appendSamples { bytes in
            var total: UInt64 = 0
            for (index, count) in counts.enumerated() {
                total += count
                let bound = index < bounds.count ? bounds[index] : .infinity
                let le = "le=\"\(MetricGrammar.text(of: bound))\"}"
                Self.appendSample("\(family)_bucket", open + Array(le.utf8), "\(total)", to: &bytes)
            }
            Self.appendSample("\(family)_sum", labels, MetricGrammar.text(of: sum), to: &bytes)
            Self.appendSample("\(family)_count", labels, "\(total)", to: &bytes)
        }
    }

    /// Says last of all how much was left out; there is always room for that.
    mutating func finish() -> [UInt8] {
        isFull = false
        bytesMax = .max
        family(
            "betting_metrics_dropped_samples",
            .gauge,
            "Samples left out of this answer because it was full."
        )
        sample(droppedSamples)
        return bytes
    }

    private func current(_ isRight: (MetricKind) -> Bool) -> String {
        guard let family else { preconditionFailure("a sample before any family") }
        precondition(isRight(family.kind), "\(family.name) is a \(family.kind.rawValue)")
        return family.name
    }

    private mutating func appendSamples(_ write: (inout [UInt8]) -> Void) {
        if !append(write) { droppedSamples += 1 }
    }

    /// Appends a piece as a whole or not at all; after the first that does not fit, none.
    @discardableResult
    private mutating func append(_ write: (inout [UInt8]) -> Void) -> Bool {
        guard !isFull else { return false }
        let end = bytes.count
        write(&bytes)
        guard bytes.count > bytesMax else { return true }
        bytes.removeLast(bytes.count - end)
        isFull = true
        return false
    }

    private static func appendSample(
        _ name: String,
        _ labels: [UInt8],
        _ value: String,
        to bytes: inout [UInt8]
    ) {
        bytes.append(contentsOf: name.utf8)
        bytes.append(contentsOf: labels)
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: value.utf8)
        bytes.append(UInt8(ascii: "\n"))
    }
}
