/// Which stream the acknowledgements of one connection speak of, for the journal.
///
/// The epoch is asked for at the start, and again when the stream may be another: after a reconnect,
/// after a publish that no stream took, and when a new message's sequence does not exceed the one
/// before (a server answers one connection in order, and within a stream sequences grow). Meanwhile
/// acknowledgements are held back. What may be of either stream is left unanswered in the journal:
/// `--resume` sends it again under the same id.
struct EpochBook {
    struct Entry: Equatable {
        let index: UInt64
        let sequence: UInt64
        let isDuplicate: Bool
    }

    private struct Held {
        let entry: Entry
        /// Sequences had begun anew by then.
        let isAfterFall: Bool
    }

    /// The epoch has to be asked for: at the start, and after each doubt.
    private(set) var isInDoubt = true

    private var epoch: Int64?
    private var highest: UInt64 = 0
    private var hasFallen = false
    private var held: [Held] = []

    /// The stream may have become another one.
    mutating func doubt() { isInDoubt = true }

    /// Takes an acknowledgement. Returns the epoch to write it down with, nil when it is held back.
    mutating func take(_ entry: Entry) -> Int64? {
        if !entry.isDuplicate {
            if entry.sequence <= highest {
                held.removeAll { $0.isAfterFall }
                (isInDoubt, hasFallen) = (true, true)
            }
            highest = entry.sequence
        }
        guard isInDoubt else { return epoch }
        held.append(Held(entry: entry, isAfterFall: hasFallen))
        return nil
    }

    /// The epoch is known again. Returns what was held back and is surely of it.
    mutating func settle(_ new: Int64) -> [Entry] {
        let isSame = epoch == nil || epoch == new
        let entries = held.filter { isSame || $0.isAfterFall }.map(\.entry)
        (epoch, isInDoubt, hasFallen) = (new, false, false)
        held = []
        return entries
    }
}
