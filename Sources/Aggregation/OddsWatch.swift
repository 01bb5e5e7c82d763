import BetStore
import RedisClient
import Threading

/// The thread that looks at Redis once a second: the odds counters' total, and the pools of the
/// busiest games.
final class OddsWatch: Sendable {
    private static let every = Duration.seconds(1)

    private let projection: OddsProjection
    private let board: FleetBoard
    private let stopping: Stopping
    private let beat: @Sendable () -> Void

    init(
        _ configuration: RedisConfiguration,
        board: FleetBoard,
        stopping: Stopping,
        beat: @escaping @Sendable () -> Void
    ) {
        projection = OddsProjection(RedisClient(configuration))
        self.board = board
        self.stopping = stopping
        self.beat = beat
    }

    /// Blocks until it is time to stop.
    func run() {
        repeat {
            beat()
            do throws(OddsError) {
                let begunAt = ContinuousClock.now
                let sample = OddsSample(begunAt: begunAt, total: try projection.total())
                board.withState { $0.note(odds: sample) }
                try readGames()
                board.noteUp(
                    .redis,
                    detail: sample.total == nil ? "the odds counters are not there" : ""
                )
            } catch {
                board.withState { $0.note(odds: nil) }
                board.noteDown(.redis, "\(error)")
            }
        } while !stopping.wait(Self.every)
        projection.client.disconnect()
    }

    private func readGames() throws(OddsError) {
        var read: [String: BusyGame] = [:]
        for game in board.withState({ $0.games })
        where game.selectionCount <= BusyGame.poolSelectionsMax {
            // Absent counters, or a game they do not have yet: Postgres' figures stay.
            guard let odds = try projection.read(game: game.gameID), odds.updates > 0 else {
                continue
            }
            read[game.gameID] = BusyGame(gameID: game.gameID, odds)
        }
        board.withState { $0.update(games: read) }
    }
}
