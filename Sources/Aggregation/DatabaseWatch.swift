import BetStore
import PostgresClient
import Statistics
import Threading

/// The thread that looks at Postgres once a second: the totals of every start, what they add up to,
/// the oldest message without an outcome, the busiest games, the money.
final class DatabaseWatch: Sendable {
    private static let every = Duration.seconds(1)
    /// NATS says which epoch it is; while it says nothing for this long, the newest one in the
    /// database will do.
    private static let epochPatience = BoardState.natsPatience

    private static let epochQuery: Statement =
        "SELECT epoch FROM stream_epochs ORDER BY first_seen_at DESC, epoch DESC LIMIT 1"

    private static let figuresQuery = Statement(
        """
        SELECT coalesce(sum(stored), 0)::bigint,
            coalesce(sum(stored) FILTER (WHERE stream_epoch = $1), 0)::bigint,
            coalesce(sum(duplicates) FILTER (WHERE stream_epoch = $1), 0)::bigint,
            coalesce(sum(rejected) FILTER (WHERE stream_epoch = $1), 0)::bigint,
            coalesce((SELECT outcomes_through FROM stream_epochs WHERE epoch = $1), 0),
            (SELECT count(*) FROM lost_sequences WHERE stream_epoch = $1),
            coalesce(\(HighestSequence.expression()), 0),
            (SELECT lost_end FROM stream_epochs WHERE epoch = $1)
        FROM ingest_totals
        """
    )

    private let configuration: PostgresConfiguration
    private let board: FleetBoard
    private let stopping: Stopping
    private let beat: @Sendable () -> Void

    init(
        _ configuration: PostgresConfiguration,
        board: FleetBoard,
        stopping: Stopping,
        beat: @escaping @Sendable () -> Void
    ) {
        var configuration = configuration
        configuration.statementTimeoutMilliseconds = 3_000
        // Small answers, looked up by key; no statistics should lure a plan elsewhere.
        configuration.settings = [("enable_seqscan", "off")]
        self.configuration = configuration
        self.board = board
        self.stopping = stopping
        self.beat = beat
    }

    private struct Session {
        var connection: PostgresConnection
        var totals: TotalsReader?
        var scan: OutcomeScan?
        var games = BusyGameReader()
        var money = MoneyReader()
    }

    /// Blocks until it is time to stop.
    func run() {
        let startedAt = ContinuousClock.now
        var session: Session?
        repeat {
            beat()
            do throws(PostgresError) {
                if session?.connection.isUsable != true {
                    session = Session(connection: try PostgresConnection(configuration))
                }
                if session != nil { try look(&session, since: startedAt) }
                board.noteUp(.postgres)
            } catch {
                board.withState { $0.note(database: nil) }
                board.noteDown(.postgres, describe(error))
            }
        } while !stopping.wait(Self.every)
        session?.connection.close()
    }

    private func describe(_ error: PostgresError) -> String {
        // No such table, no such column.
        guard let state = error.sqlState, ["42P01", "42703"].contains(state) else {
            return "\(error)"
        }
        return "the database lacks tables: run `betctl migrate`"
    }

    private func look(
        _ session: inout Session?,
        since startedAt: ContinuousClock.Instant
    ) throws(PostgresError) {
        guard var current = session else { return }
        defer { session = current }
        guard let epoch = try epoch(current.connection, since: startedAt) else { return }
        var totals = current.totals ?? TotalsReader(epoch: epoch)
        if totals.epoch != epoch { totals = TotalsReader(epoch: epoch) }
        let isFirst = totals.isFirst
        try totals.pass(current.connection) { rows in
            board.withState { $0.take(rows: rows, at: .now) }
        }
        current.totals = totals
        if isFirst { board.withState { $0.noteRowsRead(epoch: epoch) } }
        try readFigures(&current, epoch)
        if let games = try current.games.read(current.connection, at: .now) {
            board.withState { $0.note(games: games) }
        }
        if let money = try current.money.read(current.connection, at: .now) {
            board.withState { $0.note(money: money) }
        }
    }

    /// 0 when neither NATS nor the database knows of a stream; nil while NATS may still say.
    private func epoch(
        _ connection: PostgresConnection,
        since startedAt: ContinuousClock.Instant
    ) throws(PostgresError) -> Int64? {
        let (known, hasLooked) = board.withState { ($0.monitor.epoch, $0.stream != nil) }
        if let known { return known }
        guard hasLooked || startedAt.duration(to: .now) >= Self.epochPatience else { return nil }
        let result = try connection.query(Self.epochQuery)
        guard result.rowCount > 0 else { return 0 }
        let newest = try result.int64(0, 0)
        return board.withState { state in
            state.note(fallbackEpoch: newest, at: .now)
            return state.monitor.epoch
        }
    }

    private func readFigures(
        _ session: inout Session,
        _ epoch: Int64
    ) throws(PostgresError) {
        var sample = DatabaseSample(begunAt: .now, epoch: epoch)
        let figures = try session.connection.query(Self.figuresQuery, [.int64(epoch)])
        sample.endedAt = .now
        sample.betRows = try figures.int64(0, 0)
        sample.stored = try figures.int64(0, 1)
        sample.duplicates = try figures.int64(0, 2)
        sample.rejected = try figures.int64(0, 3)
        sample.lost = try figures.int64(0, 5)
        sample.horizon = try figures.int64(0, 6)
        sample.lostEnd = try figures.optionalString(0, 7)
        let published = board.withState { state in
            state.stream?.epoch == epoch ? state.stream?.published : nil
        }
        var scan = session.scan ?? OutcomeScan(epoch: epoch)
        if scan.epoch != epoch { scan = OutcomeScan(epoch: epoch) }
        sample.oldestUnresolved = try scan.firstUnresolved(
            session.connection,
            known: try figures.int64(0, 4),
            published: published ?? 0
        )
        session.scan = scan
        board.withState { $0.note(database: sample) }
    }
}
