import LedgerStore
package import Statistics

/// Everything a frame tells, as it was at one moment.
package struct FrameContent: Sendable {
    /// Counts the frames of this aggregator.
    package var sequence: Int64
    package var moment: Moment
    package var fleet: FleetFigures
    /// Nil while NATS does not answer.
    package var stream: StreamSample?
    /// Nil while Postgres does not answer.
    package var database: DatabaseSample?
    /// Nil while Redis does not answer.
    package var odds: OddsSample?
    /// Of the oldest bet without an outcome: 0 when there is none, nil when it is not known.
    package var oldestAgeSeconds: Double?
    /// Infinite while the stream does not grow, nil when it is not known.
    package var secondsUntilFull: Double?
    package var dependencies: [Dependency]
    package var reconciliation: Reconciliation
    /// Nil while Postgres does not answer.
    package var money: MoneyFigures?
    package var games: [BusyGame]
}

/// What makes a frame worth sending before a second is over.
struct FrameKey: Equatable {
    let totals: FleetTotals
    let podsByState: [PodState: Int]
    let published: Int64?
    let pendingBets: Int64?
    let outcomes: Int64?
    let betRows: Int64?
    let oddsTotal: Int64?
    let dependencies: [Dependency]
    let state: Reconciliation.State
    let money: MoneySummary?
    let games: [BusyGame]

    init(_ content: FrameContent) {
        totals = content.fleet.totals
        podsByState = content.fleet.podsByState
        published = content.stream?.published
        pendingBets = content.stream?.pendingBets
        outcomes = content.database?.outcomes
        betRows = content.database?.betRows
        oddsTotal = content.odds?.total
        dependencies = content.dependencies
        state = content.reconciliation.state
        money = content.money?.summary
        games = content.games
    }
}
