/// What the totals grew by a second; never negative, 0 once nothing changes.
package struct FleetRates: Sendable, Equatable {
    package var bets = 0.0
    /// In whole units of money: for the eye, not for accounts.
    package var value = 0.0
    package var databaseFailures = 0.0
    package var redisFailures = 0.0
    package var oddsUpdates = 0.0
    package var duplicates = 0.0
    package var rejected = 0.0

    package init() {}

    init(
        _ window: SampleWindow<FleetTotals>,
        over age: Duration,
        at now: ContinuousClock.Instant,
        totals: FleetTotals
    ) {
        func rate(_ figure: (FleetTotals) -> Double) -> Double {
            window.perSecond(age, at: now, current: totals, figure)
        }
        bets = rate { Double($0.bets) }
        value = rate { Double($0.valueUnits) / 100_000_000 }
        databaseFailures = rate { Double($0.databaseFailures) }
        redisFailures = rate { Double($0.redisFailures) }
        oddsUpdates = rate { Double($0.oddsUpdates) }
        duplicates = rate { Double($0.duplicates) }
        rejected = rate { Double($0.rejectedTotal) }
    }
}
