import JetStream
package import Statistics

/// All that the aggregator knows, and when it is worth a frame.
///
/// Pure; the clocks are passed in. `FleetBoard` shares it among the threads.
package struct BoardState: Sendable {
    /// Without NATS the rows in Postgres are enough for a frame after this time: stats messages
    /// could only tell of failures and odds updates, never of more bets.
    package static let natsPatience = Duration.seconds(5)
    private static let frameEvery = Duration.milliseconds(95)
    private static let idleFrameEvery = Duration.seconds(1)

    package private(set) var monitor: FleetMonitor
    package private(set) var reconciler = Reconciler()
    package private(set) var stream: StreamSample?
    package private(set) var database: DatabaseSample?
    package private(set) var odds: OddsSample?
    package private(set) var dependencies: [Dependency]
    package private(set) var games: [BusyGame] = []
    /// Nil before Postgres has said, and while it does not answer.
    package private(set) var money: MoneyFigures?

    private let startedAt: ContinuousClock.Instant
    private var growth = StreamGrowth()
    /// The last message of each pod was read since the start.
    private var hasMessages = false
    /// The epoch whose rows were all read; nil before any.
    private var rowsEpoch: Int64?
    private var wasComplete = false
    /// When the oldest bet without an outcome was published, nanoseconds since 1970.
    private var oldestPublished: (sequence: Int64, nanoseconds: Int64)?
    private var sequence: Int64 = 0
    private var last: (key: FrameKey, at: ContinuousClock.Instant)?

    package init(at moment: Moment, bootsMax: Int = FleetStats.bootsMax) {
        monitor = FleetMonitor(bootsMax: bootsMax)
        startedAt = moment.steady
        dependencies = DependencyName.allCases.map {
            Dependency($0, since: moment.wallMicroseconds)
        }
    }

    // MARK: What comes in

    /// A pod's message.
    ///
    /// - Parameter age: since it was sent, for one that was kept in the stream.
    package mutating func take(
        _ message: PodStats,
        age: Duration,
        at moment: Moment
    ) -> FleetStats.Outcome? {
        monitor.take(message, age: age, at: moment.steady)
    }

    /// The last message of each pod is in.
    package mutating func noteMessagesRead() { hasMessages = true }

    /// Rows of `ingest_totals`, with the time since each was changed.
    package mutating func take(
        rows: [(stats: PodStats, age: Duration)],
        at moment: Moment
    ) {
        for row in rows { _ = monitor.take(row.stats, age: row.age, at: moment.steady) }
    }

    /// All rows of the epoch were read; 0 when the database knows of none.
    package mutating func noteRowsRead(epoch: Int64) { rowsEpoch = epoch }

    /// NATS answered, or (nil) did not.
    package mutating func note(stream new: StreamSample?, at moment: Moment) {
        stream = new
        if let epoch = new?.epoch { monitor.begin(epoch: epoch, at: moment.steady) }
        if let bets = new?.bets {
            growth.add(
                bytes: Int64(clamping: bets.bytes),
                limitBytes: bets.configuration.maxBytes,
                at: moment.steady
            )
        }
        reconciler.note(stream: new)
    }

    /// The epoch as Postgres has it, for as long as NATS has told none.
    package mutating func note(fallbackEpoch: Int64, at moment: Moment) {
        if monitor.epoch == nil { monitor.begin(epoch: fallbackEpoch, at: moment.steady) }
    }

    /// Postgres answered, or (nil) did not.
    package mutating func note(database new: DatabaseSample?) {
        database = new
        if new == nil { money = nil }
        reconciler.note(database: new)
    }

    /// Redis answered, or (nil) did not.
    package mutating func note(odds new: OddsSample?) {
        odds = new
        reconciler.note(odds: new)
    }

    package mutating func note(money new: MoneyFigures) { money = new }

    package mutating func note(games new: [BusyGame]) { games = new }

    /// Games as Redis has them replace what Postgres said.
    package mutating func update(games new: [String: BusyGame]) {
        games = games.map { new[$0.gameID] ?? $0 }
    }

    /// When a message without an outcome was published.
    package mutating func note(published nanoseconds: Int64, sequence: Int64) {
        oldestPublished = (sequence, nanoseconds)
    }

    /// - Returns: whether that is news.
    package mutating func note(
        _ name: DependencyName,
        isUp: Bool,
        detail: String,
        at moment: Moment
    ) -> Bool {
        guard let index = dependencies.firstIndex(where: { $0.name == name }) else { return false }
        return dependencies[index].note(
            isUp: isUp,
            detail: detail,
            at: moment.wallMicroseconds
        )
    }

    // MARK: What goes out

    /// The oldest message without an outcome whose time of publication is not known.
    package var undatedSequence: Int64? {
        guard let sequence = database?.oldestUnresolved, oldestPublished?.sequence != sequence
        else { return nil }
        return sequence
    }

    /// Why there is no frame yet; nil once there is: from then on totals only grow within an epoch.
    package func missing(at moment: Moment) -> String? {
        if wasComplete { return nil }
        var missing: [String] = []
        if rowsEpoch == nil || rowsEpoch != (monitor.epoch ?? 0) {
            missing.append("the totals in Postgres")
        }
        let isPatient = startedAt.duration(to: moment.steady) < Self.natsPatience
        if !hasMessages, isPatient || isUp(.nats) { missing.append("the pods' last messages") }
        return missing.isEmpty ? nil : "waiting for " + missing.joined(separator: " and ")
    }

    private func isUp(_ name: DependencyName) -> Bool {
        dependencies.contains { $0.name == name && $0.isUp }
    }

    /// Everything there is to show at this moment.
    package func content(at moment: Moment) -> FrameContent {
        FrameContent(
            sequence: sequence,
            moment: moment,
            fleet: monitor.figures(at: moment.steady, podsMax: FrameWriter.podsMax),
            stream: stream,
            database: database,
            odds: odds,
            oldestAgeSeconds: oldestAge(at: moment),
            secondsUntilFull: secondsUntilFull,
            dependencies: dependencies,
            reconciliation: reconciler.verdict,
            money: money,
            games: games
        )
    }

    /// Age in seconds of the oldest bet without an outcome, 0 when there is none; nil while NATS or
    /// Postgres does not answer.
    package func oldestAge(at moment: Moment) -> Double? {
        guard stream != nil, let database else { return nil }
        guard database.oldestUnresolved != nil else { return 0 }
        return oldestPublished.map {
            max(Double(moment.wallMicroseconds - $0.nanoseconds / 1_000) / 1_000_000, 0)
        }
    }

    /// Until `bets_stream` is full; infinite while it does not grow, nil when it is not known.
    package var secondsUntilFull: Double? { stream == nil ? nil : growth.secondsUntilFull }

    /// The next frame, if it is time for one: something changed, or a second is over. To be called
    /// about ten times a second.
    package mutating func nextFrame(at moment: Moment) -> FrameContent? {
        guard missing(at: moment) == nil else { return nil }
        wasComplete = true
        monitor.tick(at: moment.steady)
        let since = last.map { $0.at.duration(to: moment.steady) }
        if let since, since < Self.frameEvery { return nil }
        var content = content(at: moment)
        let key = FrameKey(content)
        if let last, let since, last.key == key, since < Self.idleFrameEvery { return nil }
        last = (key, moment.steady)
        sequence += 1
        content.sequence = sequence
        return content
    }
}
