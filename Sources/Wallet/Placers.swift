import Betting
import Ledger
import LedgerStore
import PostgresClient
import Synchronization
import Telemetry
import Threading
import WebServer

/// A bet that waits to be placed, and who waits for the answer.
struct WaitingPlacement: Sendable {
    let placement: Placement
    let reply: Reply
    let receivedAt: ContinuousClock.Instant
}

/// The threads that place bets. Each takes all that waits, up to a group, and commits it at once: a
/// group forms while the last one commits, and nothing is waited for on purpose.
final class Placers: Sendable {
    private static let groupShareOfNewest = 0.2

    private let bank: LedgerBank
    private let metrics: WalletMetrics
    private let waker: WorkerWaker
    private let queue: GroupQueue<WaitingPlacement>
    private let threads: Int
    private let groupMax: Int
    private let waitMax: Duration
    private let running: Monitor<Int>
    /// Smoothed; bits of a `Double`.
    private let secondsPerGroup = Mutex(0.0)

    init(
        _ configuration: WalletConfiguration,
        bank: LedgerBank,
        metrics: WalletMetrics,
        waker: WorkerWaker
    ) {
        self.bank = bank
        self.metrics = metrics
        self.waker = waker
        threads = configuration.placers
        groupMax = configuration.placeGroupMax
        waitMax = configuration.placeWaitMax
        queue = GroupQueue(capacity: configuration.placeQueueMax, groupMax: groupMax)
        running = Monitor(configuration.placers)
    }

    /// Bets that wait.
    var waiting: Int { queue.count }

    /// Starts the threads.
    ///
    /// - Parameter beat: called by each thread after a group, and while nothing waits.
    func start(beat: @escaping @Sendable (Int) -> Void) {
        for number in 0..<threads {
            BlockingThread.start("placer-\(number + 1)") { [self] in
                while let group = queue.take(atMost: Workers.idle) {
                    beat(number)
                    if !group.isEmpty { place(group) }
                }
                running.update { $0 -= 1 }
            }
        }
    }

    /// Takes nothing new, places what waits, and ends.
    ///
    /// - Returns: whether all threads have ended in time.
    func stop(atMost limit: Duration) -> Bool {
        queue.close()
        return running.wait(atMost: limit) { $0 == 0 ? true : nil } ?? false
    }

    /// - Throws: `queueFull` when more waits than can be placed soon; `databaseUnavailable`,
    ///   `publishingBehind`, `stopping`.
    func take(_ placement: WaitingPlacement) throws(Problem) {
        try bank.admitPlacement()
        let wait = expectedWait
        guard wait <= waitMax, queue.offer(placement) else {
            if queue.isClosed { throw Problem(.stopping, retryAfterSeconds: 1) }
            throw Problem(
                .queueFull,
                retryAfterSeconds: Int((wait / .seconds(1)).rounded(.up))
            )
        }
    }

    /// Until the groups are placed that are ahead of what is offered now. Nothing while less than a
    /// group waits: a slow group of the past must not turn away those that would show a better one.
    private var expectedWait: Duration {
        let groups = queue.count / groupMax
        return .seconds(secondsPerGroup.withLock { $0 } * Double(groups) / Double(threads))
    }

    private func place(_ group: [WaitingPlacement]) {
        let begunAt = ContinuousClock.now
        do throws(Problem) {
            let outcomes = try outcomes(of: group.map(\.placement))
            waker.wake()
            for (waiting, outcome) in zip(group, outcomes) where !outcome.mayBePlaced {
                waiting.reply.respond(answer(to: waiting.placement, outcome))
            }
            refuse(zip(group, outcomes).filter { $0.1.mayBePlaced })
        } catch {
            metrics.countPlacements("failed", group.count)
            for waiting in group { waiting.reply.respond(error) }
        }
        note(group, begunAt: begunAt)
    }

    /// Answers those that were refused and may have been placed all the same: the database forgets
    /// keys after a while, but never a bet, and the same request, sent again much later, is the bet it
    /// was. All are looked up at once.
    private func refuse(_ refused: [(WaitingPlacement, PlacementOutcome)]) {
        guard !refused.isEmpty else { return }
        do throws(Problem) {
            let bets = refused.map(\.0.placement.betID)
            let placed = try bank.ask { store throws(PostgresError) in try store.placed(bets) }
            for (waiting, outcome) in refused {
                let placement = waiting.placement
                if let bet = placed[placement.betID], bet.user == placement.user {
                    metrics.countPlacements("replayed")
                    let stored = Answers.placed(placement.betID, bet.state, bet.balance)
                    waiting.reply.respond(.done(Answers.stored(stored, isReplayed: true)))
                } else {
                    waiting.reply.respond(answer(to: placement, outcome))
                }
            }
        } catch {
            metrics.countPlacements("failed", refused.count)
            for (waiting, _) in refused { waiting.reply.respond(error) }
        }
    }

    /// Once more when the connection was lost: whatever was committed then answers as replayed.
    private func outcomes(
        of placements: [Placement]
    ) throws(Problem) -> [PlacementOutcome] {
        func place(_ store: LedgerStore) throws(PostgresError) -> [PlacementOutcome] {
            try store.placeBets(placements, answer: Answers.placed)
        }
        do throws(Problem) {
            return try bank.ask(place)
        } catch {
            guard error.code == .databaseUnavailable else { throw error }
            return try bank.use(place)
        }
    }

    private func note(_ group: [WaitingPlacement], begunAt: ContinuousClock.Instant) {
        let now = ContinuousClock.now
        let seconds = begunAt.duration(to: now) / .seconds(1)
        secondsPerGroup.withLock { mean in
            mean = mean == 0 ? seconds : mean + (seconds - mean) * Self.groupShareOfNewest
        }
        metrics.groupBets.observe(Double(group.count))
        for waiting in group {
            metrics.placementSeconds.observe(waiting.receivedAt.duration(to: now))
        }
    }

    private func answer(to placement: Placement, _ outcome: PlacementOutcome) -> Answer {
        metrics.countPlacements(outcome.label)
        switch outcome {
        case .accepted(let balance):
            return .done(Answers.stored(Answers.placed(placement, balance)))
        case .replayed(let answer): return .done(Answers.stored(answer, isReplayed: true))
        case .insufficient(let balance):
            return .problem(
                Problem(
                    .insufficientFunds,
                    "The balance is \(balance), the bet \(placement.stake).",
                    field: "amount"
                )
            )
        case .roundUnknown: return .problem(Problem(.roundNotFound, field: "roundId"))
        case .roundClosed: return .problem(Problem(.roundClosed, field: "roundId"))
        case .keyConflict: return .problem(Problem(.keyReused))
        case .refused(let reason):
            bank.tell(refusal: reason)
            return .problem(Problem(.betRefused))
        }
    }
}

extension PlacementOutcome {
    /// Refused for the state of things, which may have been another when the same bet came first, or
    /// because it is there.
    var mayBePlaced: Bool {
        switch self {
        case .insufficient, .roundClosed, .refused: true
        default: false
        }
    }

    /// Its name in metrics, a closed list.
    var label: String {
        switch self {
        case .accepted: "accepted"
        case .insufficient: "insufficient"
        case .roundUnknown: "round_unknown"
        case .roundClosed: "round_closed"
        case .replayed: "replayed"
        case .keyConflict: "key_conflict"
        case .refused: "refused"
        }
    }

    /// All of them, and `failed` for groups that the database did not answer.
    static let labels = [
        "accepted", "insufficient", "round_unknown", "round_closed", "replayed", "key_conflict",
        "refused", "failed",
    ]
}
