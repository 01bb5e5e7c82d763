import Betting

/// What publishers say they sent and what the stream answered: the side of the story that neither
/// the backends nor the tables know.
struct Journal {
    struct Acknowledgement: Equatable {
        /// Nil for a message whose id is no UUID: it cannot have become a row of `bets`.
        let id: BetID?
        let epoch: Int64
        let sequence: Int64
        let isDuplicate: Bool
    }

    private(set) var acknowledgements: [Acknowledgement] = []
    private(set) var attempts: [BetID] = []
    private(set) var attemptCount = 0
    private(set) var refusedCount = 0
    /// Lines that are none of a journal. A killed publisher leaves one at the end.
    private(set) var unreadableCount = 0

    /// - Throws: an error that names the file.
    init(readingFrom path: String) throws(CommandFailure) {
        var lines = try LineReader(path)
        while let line = lines.next() { add(line) }
    }

    init(lines: [String]) {
        for line in lines { add(Array(line.utf8)) }
    }

    private mutating func add(_ line: [UInt8]) {
        guard !line.isEmpty else { return }
        switch JournalLine(line) {
        case .attempt(let id):
            attemptCount += 1
            if let id = BetID(id) { attempts.append(id) }
        case .acknowledged(let id, let epoch, let sequence, let isDuplicate):
            acknowledgements.append(
                Acknowledgement(
                    id: BetID(id),
                    epoch: epoch,
                    sequence: sequence,
                    isDuplicate: isDuplicate
                )
            )
        case .refused: refusedCount += 1
        case .other: break
        case nil: unreadableCount += 1
        }
    }
}
