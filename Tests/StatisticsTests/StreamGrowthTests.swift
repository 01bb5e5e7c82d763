import Statistics
import Testing

struct StreamGrowthTests {
    private static let start = ContinuousClock.now

    private func growth(_ sizes: [(second: Int, bytes: Int64)], limit: Int64) -> StreamGrowth {
        var growth = StreamGrowth()
        for size in sizes {
            growth.add(
                bytes: size.bytes,
                limitBytes: limit,
                at: Self.start + .seconds(size.second)
            )
        }
        return growth
    }

    @Test func `one size says nothing`() {
        #expect(growth([], limit: 100).secondsUntilFull == nil)
        #expect(growth([(0, 10)], limit: 100).secondsUntilFull == nil)
    }

    @Test func `the rest is divided by the pace`() {
        #expect(growth([(0, 0), (10, 100)], limit: 1_100).secondsUntilFull == 100)
        #expect(growth([(0, 0), (1, 10)], limit: 1_010).secondsUntilFull == 100)
        #expect(growth([(0, 900), (10, 1_000)], limit: 1_000).secondsUntilFull == 0)
    }

    @Test func `without growth or without a limit it never fills`() {
        #expect(growth([(0, 50), (10, 50)], limit: 100).secondsUntilFull == .infinity)
        #expect(growth([(0, 0), (10, 50)], limit: -1).secondsUntilFull == .infinity)
    }

    @Test func `what was freed begins anew`() {
        let freed = growth([(0, 0), (10, 1_000), (20, 100), (30, 200)], limit: 1_200)
        #expect(freed.secondsUntilFull == 100)
    }

    @Test func `sizes older than the window do not count`() {
        // Fast at first, then 1 byte a second.
        var sizes: [(second: Int, bytes: Int64)] = [(0, 0)]
        for second in stride(from: 10, through: 400, by: 10) {
            sizes.append((second, 100_000 + Int64(second)))
        }
        #expect(growth(sizes, limit: 101_400).secondsUntilFull == 1_000)
    }
}
