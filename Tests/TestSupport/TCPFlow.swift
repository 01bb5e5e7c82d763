/// Bytes on their way in one direction of a connection.
struct TCPFlow {
    private struct Piece {
        var bytes: ArraySlice<UInt8>
        let dueAt: ContinuousClock.Instant
    }

    /// More than this waits in the sender's own socket.
    private static let bytesMax = 1 << 20

    private var pieces: [Piece] = []
    private var byteCount = 0
    /// The sender has said that nothing more comes.
    private var isEnded = false
    /// The receiver knows that.
    private(set) var isOver = false

    var isEmpty: Bool { pieces.isEmpty }

    var takesMore: Bool { !isEnded && byteCount < Self.bytesMax }

    /// Whether something may arrive now.
    func isDue(_ now: ContinuousClock.Instant) -> Bool {
        pieces.first.map { $0.dueAt <= now } ?? (isEnded && !isOver)
    }

    mutating func read(
        _ socket: LoopbackSocket,
        dueAt: ContinuousClock.Instant,
        _ isBroken: inout Bool
    ) {
        guard takesMore else { return }
        switch socket.read() {
        case .bytes(let bytes):
            pieces.append(Piece(bytes: bytes[...], dueAt: dueAt))
            byteCount += bytes.count
        case .nothing: break
        case .end: isEnded = true
        case .failure: isBroken = true
        }
    }

    /// What was read never arrives.
    mutating func forget() {
        pieces = []
        byteCount = 0
    }

    mutating func write(
        _ socket: LoopbackSocket,
        _ now: ContinuousClock.Instant,
        _ isBroken: inout Bool
    ) {
        while let piece = pieces.first, piece.dueAt <= now {
            guard let count = socket.write(piece.bytes) else {
                isBroken = true
                return
            }
            byteCount -= count
            pieces[0].bytes = piece.bytes.dropFirst(count)
            guard pieces[0].bytes.isEmpty else { return }
            pieces.removeFirst()
        }
        if isEnded, pieces.isEmpty, !isOver {
            socket.endSending()
            isOver = true
        }
    }
}
