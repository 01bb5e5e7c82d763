/// The pods that were heard of lately, with what they did in the last seconds.
///
/// Presence only: figures live in `FleetStats` and stay when a pod leaves the table.
struct PodTable: Sendable {
    /// Pods of the table; each needs up to 8 KiB. Beyond, those that were silent for longest go.
    static let podsMax = 2_000

    private struct Entry: Sendable {
        var lastSeen: ContinuousClock.Instant
        var bets = SampleWindow<Int64>(length: .seconds(1), spacing: .milliseconds(100))
        var latency = SampleWindow<LatencyHistogram>(length: .seconds(10), spacing: .seconds(1))
    }

    private var entries: [BootKey: Entry] = [:]

    var count: Int { entries.count }

    /// Between two ticks it may outgrow its limit by half.
    var isOverfull: Bool { entries.count > Self.podsMax * 3 / 2 }

    /// A sign of life of that moment. One that is too old to show up is none.
    ///
    /// - Returns: whether the pod is in the table now.
    mutating func saw(
        _ key: BootKey,
        at moment: ContinuousClock.Instant,
        now: ContinuousClock.Instant
    ) -> Bool {
        if let index = entries.index(forKey: key) {
            entries.values[index].lastSeen = max(entries.values[index].lastSeen, moment)
            return true
        }
        guard moment.duration(to: now) < FleetMonitor.goneAfter else { return false }
        entries[key] = Entry(lastSeen: moment)
        return true
    }

    /// Notes the figures of now for rates and percentiles.
    mutating func sample(_ fleet: FleetStats, at now: ContinuousClock.Instant) {
        for index in entries.indices {
            guard let stats = fleet[entries.keys[index]] else { continue }
            entries.values[index].bets.record(stats.totalBets, at: now)
            entries.values[index].latency.record(stats.latency, at: now)
        }
    }

    /// Drops the pods that were silent for too long, and those there is no room for; returns them.
    mutating func dropGone(at now: ContinuousClock.Instant) -> [BootKey] {
        var gone = entries.filter { $0.value.lastSeen.duration(to: now) >= FleetMonitor.goneAfter }
            .map(\.key)
        let surplus = entries.count - gone.count - Self.podsMax
        if surplus > 0 {
            gone = entries.sorted { $0.value.lastSeen < $1.value.lastSeen }
                .prefix(gone.count + surplus).map(\.key)
        }
        for key in gone { entries[key] = nil }
        return gone
    }

    /// Live ones first, then stale ones, then those that stopped; by name within.
    func rows(
        _ fleet: FleetStats,
        at now: ContinuousClock.Instant,
        limit: Int
    ) -> [PodFigures] {
        let order = entries.compactMap { key, entry -> (PodState, BootKey)? in
            fleet[key].map { (state($0, entry, now), key) }
        }.sorted { $0 < $1 }
        return order.prefix(limit).compactMap { state, key in
            guard let stats = fleet[key], let entry = entries[key] else { return nil }
            return figures(stats, state, entry, now)
        }
    }

    /// How many are in each state.
    func counts(_ fleet: FleetStats, at now: ContinuousClock.Instant) -> [PodState: Int] {
        var counts: [PodState: Int] = [:]
        for (key, entry) in entries {
            if let stats = fleet[key] { counts[state(stats, entry, now), default: 0] += 1 }
        }
        return counts
    }

    private func state(
        _ stats: PodStats,
        _ entry: Entry,
        _ now: ContinuousClock.Instant
    ) -> PodState {
        if stats.isStopping { return .stopped }
        return entry.lastSeen.duration(to: now) < FleetMonitor.staleAfter ? .live : .stale
    }

    private func figures(
        _ stats: PodStats,
        _ state: PodState,
        _ entry: Entry,
        _ now: ContinuousClock.Instant
    ) -> PodFigures {
        let baseline = entry.latency.baseline(.seconds(10), before: now)?.value
        let latency = baseline.map { stats.latency.since($0) } ?? .empty
        return PodFigures(
            stats: stats,
            state: state,
            silence: max(entry.lastSeen.duration(to: now), .zero),
            betsPerSecond: entry.bets.perSecond(
                .seconds(1),
                at: now,
                current: stats.totalBets,
                Double.init
            ),
            p50Microseconds: latency.quantile(0.5),
            p99Microseconds: latency.quantile(0.99)
        )
    }
}
