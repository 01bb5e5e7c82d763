/// The publishes that have no answer yet, oldest first. Every operation takes constant time and
/// none allocates, but for what expires.
struct PublishWindow: Sendable {
    /// Slots fit into 16 bits of an id.
    static let slotsMax = 65_535

    /// A publish that left the window.
    struct Entry: Sendable {
        var token: UInt64
        var sentNanoseconds: UInt64
    }

    private struct Slot: Sendable {
        var id: UInt64 = 0
        var entry = Entry(token: 0, sentNanoseconds: 0)
        /// Neighbours by age while in use; `newer` is the next free slot otherwise.
        var older = -1
        var newer = -1
    }

    private var slots: [Slot]
    private var firstFree = 0
    private var oldest = -1
    private var newest = -1
    private var lastSerial: UInt64 = 0

    private(set) var count = 0
    /// Publishes that left the window and whose outcome was not yet told.
    private(set) var untoldCount = 0
    private(set) var isClosed = false

    init(capacity: Int) {
        slots = (0..<capacity).map { index in
            var slot = Slot()
            slot.newer = index + 1 < capacity ? index + 1 : -1
            return slot
        }
    }

    var capacity: Int { slots.count }

    /// Takes a slot; nil when all are in use. The id is never given twice.
    mutating func take(token: UInt64, nowNanoseconds: UInt64) -> UInt64? {
        let index = firstFree
        guard index >= 0 else { return nil }
        firstFree = slots[index].newer
        lastSerial += 1
        let id = lastSerial << 16 | UInt64(index)
        slots[index] = Slot(
            id: id,
            entry: Entry(token: token, sentNanoseconds: nowNanoseconds),
            older: newest,
            newer: -1
        )
        if newest >= 0 { slots[newest].newer = index } else { oldest = index }
        newest = index
        count += 1
        return id
    }

    /// Ends a publish; nil if it has ended before.
    mutating func finish(_ id: UInt64) -> Entry? {
        let index = Int(id & 0xffff)
        guard id != 0, index < slots.count, slots[index].id == id else { return nil }
        let slot = slots[index]
        if slot.older >= 0 { slots[slot.older].newer = slot.newer } else { oldest = slot.newer }
        if slot.newer >= 0 { slots[slot.newer].older = slot.older } else { newest = slot.older }
        slots[index] = Slot()
        slots[index].newer = firstFree
        firstFree = index
        count -= 1
        untoldCount += 1
        return slot.entry
    }

    /// Notes that outcomes were told.
    mutating func told(_ number: Int) {
        untoldCount -= number
    }

    /// Whether every publish has had its outcome.
    var isSettled: Bool { count == 0 && untoldCount == 0 }

    /// Ends the publishes that were sent before the given moment.
    mutating func expire(sentBeforeNanoseconds limit: UInt64) -> [Entry] {
        var expired: [Entry] = []
        while oldest >= 0, slots[oldest].entry.sentNanoseconds < limit {
            if let entry = finish(slots[oldest].id) { expired.append(entry) }
        }
        return expired
    }

    /// Ends everything, and lets nothing in any more.
    mutating func close() -> [Entry] {
        isClosed = true
        return expire(sentBeforeNanoseconds: .max)
    }
}
