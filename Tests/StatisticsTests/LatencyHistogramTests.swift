import Statistics
import Testing

@Suite struct LatencyHistogramTests {
    @Test(arguments: [0, 1, 63, 64, 65, 79, 80, 81, 96, 97, 112, 127, 128, 129, 1000, 1_000_000])
    func `a duration falls into the first bucket whose bound is not below it`(
        microseconds: Int64
    ) throws {
        var histogram = LatencyHistogram()
        histogram.record(microseconds: microseconds)
        let bucket = try #require(histogram.counts.firstIndex(of: 1))
        let bounds = LatencyHistogram.boundsMicroseconds
        #expect(bounds[bucket] >= microseconds)
        if bucket > 0 { #expect(bounds[bucket - 1] < microseconds) }
    }

    @Test func `what is longer than every bound is counted beyond them`() {
        var histogram = LatencyHistogram()
        histogram.record(microseconds: .max)
        #expect(histogram.counts.last == 1)
        #expect(histogram.quantile(0.5) == LatencyHistogram.boundsMicroseconds.last)
    }

    @Test func `quantiles are the bound of the bucket that holds the rank`() {
        var histogram = LatencyHistogram()
        #expect(histogram.quantile(0.5) == nil)
        for _ in 0..<99 { histogram.record(microseconds: 100) }
        histogram.record(microseconds: 100_000)
        #expect(histogram.quantile(0.5) == 112)
        #expect(histogram.quantile(0.99) == 112)
        #expect(histogram.quantile(1) == 114_688)
    }

    @Test func `merging adds`() {
        var left = LatencyHistogram()
        var right = LatencyHistogram()
        left.record(microseconds: 100)
        right.record(microseconds: 100)
        left.merge(right)
        #expect(left.total == 2)
        #expect(left.quantile(1) == 112)
    }

    @Test func `octaves are the same counts in fewer buckets`() {
        var histogram = LatencyHistogram()
        for microseconds: Int64 in [1, 64, 65, 100, 128, 129, 1_000, 60_000_000, 200_000_000] {
            histogram.record(microseconds: microseconds)
        }
        let (bounds, counts) = histogram.octaves
        #expect(counts.count == bounds.count + 1)
        #expect(counts.reduce(0, +) == histogram.total)
        #expect(bounds.prefix(3) == [64, 128, 256])
        // Up to 64 µs; up to 128; up to 256.
        #expect(counts.prefix(3) == [2, 3, 1])
        #expect(counts.last == 1)
        #expect(zip(bounds, bounds.dropFirst()).allSatisfy { $0 * 2 == $1 })
    }
}
