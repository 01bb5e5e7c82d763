import Statistics

/// The figures of a run as text.
struct Report {
    let tally: Tally
    let elapsedNanoseconds: UInt64

    private var perSecond: Double {
        Double(tally.acknowledged) * 1e9 / Double(max(1, elapsedNanoseconds))
    }

    /// What is printed at the end.
    var summary: String {
        var lines = [
            "published     \(tally.published)",
            "acknowledged  \(tally.acknowledged)",
            "refused       \(tally.refused)" + (tally.lastRefusal.map { "  last: \($0)" } ?? ""),
            "unknown       \(tally.unknown)",
            "duplicates    \(tally.duplicates)  flagged by the stream",
            "repeated      \(tally.repeated)  after an unknown outcome",
        ]
        lines.append("ack latency   " + Self.percentiles(tally.latency))
        let seconds = Self.fixed(Double(elapsedNanoseconds) / 1e9, decimals: 2)
        lines.append("rate          \(Self.fixed(perSecond, decimals: 1))/s over \(seconds) s")
        return lines.joined(separator: "\n")
    }

    /// One line in the middle of a run, with a bar when it has an end and someone watches.
    func progress(
        of count: UInt64,
        recent: LatencyHistogram,
        recentNanoseconds: UInt64,
        hasBar: Bool
    ) -> String {
        let settled = tally.acknowledged + tally.refused + tally.unknown
        let rate = Double(recent.total) * 1e9 / Double(max(1, recentNanoseconds))
        var text = count == 0 ? "\(settled)" : "\(settled) of \(count)"
        if hasBar, count > 0 { text = Self.bar(Double(settled) / Double(count)) + " " + text }
        text += "  \(Self.fixed(rate, decimals: 0))/s  ack \(Self.percentiles(recent))"
        if tally.refused > 0 { text += "  refused \(tally.refused)" }
        if tally.unknown > 0 { text += "  unknown \(tally.unknown)" }
        return text
    }

    private static func bar(_ share: Double) -> String {
        let width = 30
        let done = min(width, Int(share * Double(width)))
        return "[" + String(repeating: "#", count: done)
            + String(repeating: "-", count: width - done) + "]"
    }

    private static func percentiles(_ histogram: LatencyHistogram) -> String {
        guard histogram.total > 0 else { return "–" }
        let middle = Double(histogram.quantile(0.5) ?? 0) / 1000
        let high = Double(histogram.quantile(0.99) ?? 0) / 1000
        return "p50 \(fixed(middle, decimals: 2)) ms, p99 \(fixed(high, decimals: 2)) ms"
    }

    /// A value of 0 or more with a fixed number of decimals.
    static func fixed(_ value: Double, decimals: Int) -> String {
        let scale = UInt64((0..<decimals).reduce(1) { product, _ in product * 10 })
        let scaled = UInt64((value * Double(scale)).rounded())
        guard decimals > 0 else { return String(scaled) }
        let fraction = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: decimals - fraction.count)
            + fraction
    }
}
