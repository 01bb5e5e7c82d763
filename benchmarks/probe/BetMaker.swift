import BetCodec
import Betting
import Glibc

/// Makes bets with random ids of version 4, each placed now.
struct BetMaker {
    /// Names of the games, dealt out in turn.
    private let games: [Identifier]
    private var dealt = 0
    private var random = SystemRandomNumberGenerator()

    init(games: Int) {
        self.games = (1...games).compactMap { Identifier("game_\($0)") }
    }

    /// A bet in JSON and its id in text.
    ///
    /// - Parameter bytes: the least the body has; a field that nobody knows fills it up.
    mutating func next(bytes: Int = 0) -> (id: String, body: [UInt8]) {
        let high = random.next() & 0xffff_ffff_ffff_0fff | 0x4000
        let low = random.next() & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000
        guard let id = BetID(high: high, low: low) else { preconditionFailure("a nil UUID") }
        let bet = Bet(
            id: id,
            gameID: games[dealt % games.count],
            betType: .moneyline,
            selection: .none,
            amount: Money(units: Int64(1 + dealt % 100) * Money.unitsPerWhole),
            userID: nil,
            placedAt: Self.now()
        )
        dealt += 1
        var body: [UInt8] = []
        BetEncoder.json(bet, into: &body)
        Self.fillUp(&body, to: bytes)
        return (id.description, body)
    }

    private static func fillUp(_ body: inout [UInt8], to bytes: Int) {
        let field = #","note":""#
        let missing = bytes - body.count - field.utf8.count - 1
        guard missing >= 0 else { return }
        body.removeLast()
        body.append(contentsOf: field.utf8)
        body.append(contentsOf: repeatElement(UInt8(ascii: "x"), count: missing))
        body.append(contentsOf: #""}"#.utf8)
    }

    private static func now() -> Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(
            microseconds: Int64(time.tv_sec) * Timestamp.microsecondsPerSecond
                + Int64(time.tv_nsec) / 1_000
        )
    }
}
