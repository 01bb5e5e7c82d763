import BetStore

/// Messages that may have ended the processes that had them: raw, in the order they came, handed
/// out one at a time. Pure; guarded by the intake's lock.
struct SoloLane {
    /// From this delivery on a message is handled alone. The count is a hint only: it starts anew
    /// when the server is killed, and grows for reasons that are no message's fault.
    static let deliveriesMin: UInt64 = 5
    /// Messages that wait here at most; each has up to 4 KiB. What comes beyond is sent back.
    static let messagesMax = 128

    /// Those that wait; each batch holds one.
    private(set) var waiting: [HeldBatch] = []
    /// One is being handled right now: nothing else is looked into meanwhile, or the wrong one
    /// would be blamed when the process ends.
    private(set) var isUnderWay = false
    /// Others have their turn until then.
    private var notBefore = ContinuousClock.now

    private var suspects: Set<Int64>
    private var beganAt = ContinuousClock.now

    /// - Parameter suspects: sequences that other starts tried alone.
    init(suspects: Set<Int64>) {
        self.suspects = suspects
    }

    /// When one that waits may be taken; nil when none waits.
    var turn: ContinuousClock.Instant? {
        waiting.compactMap { $0.alone?.notBefore }.min().map { max(notBefore, $0) }
    }

    var hasRoom: Bool { waiting.count < Self.messagesMax }

    /// Whether a delivery is to be handled alone.
    func wants(_ sequence: Int64, deliveredCount: UInt64) -> Bool {
        deliveredCount >= Self.deliveriesMin || suspects.contains(sequence)
    }

    /// Whether something may have ended a process that tried it.
    func isSuspect(_ sequence: Int64) -> Bool { suspects.contains(sequence) }

    mutating func append(_ held: HeldBatch) { waiting.append(held) }

    /// Takes the first whose turn it is out of the lane; with it all others whose turn it is, when
    /// nothing speaks against any of them but the number of their deliveries. To be called once
    /// `turn` has come.
    mutating func removeDue(at now: ContinuousClock.Instant = .now) -> [HeldBatch] {
        let due = waiting.filter { $0.alone.map { $0.notBefore <= now } ?? false }
        guard let first = due.first ?? waiting.first else { return [] }
        let isSuspect = first.alone?.isSuspect ?? true
        let taken = isSuspect ? [first] : due.filter { $0.alone?.isSuspect == false }
        let numbers = Set(taken.map(\.number))
        waiting.removeAll { numbers.contains($0.number) }
        return taken
    }

    /// The messages that wait come again, here or elsewhere.
    mutating func removeAll() -> [HeldBatch] {
        defer { waiting = [] }
        return waiting
    }

    /// Calls `change` for each that waits.
    mutating func forEach(_ change: (inout HeldBatch) -> Void) {
        for index in waiting.indices { change(&waiting[index]) }
    }

    mutating func begin() {
        isUnderWay = true
        beganAt = .now
    }

    /// The process is still there. Others get as much time as this took.
    mutating func end() {
        isUnderWay = false
        notBefore = .now + beganAt.duration(to: .now)
    }
}
