/// Markets by number: each once, in the order they were first met. A hash table of its own, since
/// a dictionary would keep the 144 bytes of a market twice.
package struct MarketTable: Sendable {
    private static let empty: Int32 = -1

    private var markets: [Market] = []
    /// Numbers of markets by hash, open addressing; at most half full.
    private var slots: [Int32] = []
    private var last: Int32 = 0

    package init() {}

    package var count: Int { markets.count }

    package subscript(_ number: Int32) -> Market { markets[Int(number)] }

    package var all: [Market] { markets }

    /// The number of a market, which is added if it is new.
    package mutating func index(of market: Market) -> Int32 {
        // Bets on one market come in company.
        if last < markets.count, markets[Int(last)] == market { return last }
        if markets.count * 2 >= slots.count { grow() }
        let slot = self.slot(of: market)
        if slots[slot] == Self.empty {
            slots[slot] = Int32(markets.count)
            markets.append(market)
        }
        last = slots[slot]
        return last
    }

    /// The slot that holds the market, or the empty one where it belongs.
    private func slot(of market: Market) -> Int {
        let mask = slots.count - 1
        var slot = market.hashValue & mask
        while slots[slot] != Self.empty, markets[Int(slots[slot])] != market {
            slot = (slot + 1) & mask
        }
        return slot
    }

    private mutating func grow() {
        slots = Array(repeating: Self.empty, count: max(16, slots.count * 2))
        for number in markets.indices {
            slots[slot(of: markets[number])] = Int32(number)
        }
    }
}
