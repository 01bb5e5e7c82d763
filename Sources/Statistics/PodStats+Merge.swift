/// What two reports of one start of one pod say together.
///
/// Merging is idempotent, commutative and associative, and never lowers anything: reports may be
/// lost, repeated and reordered at will. A row of `ingest_totals` is a report whose other figures
/// are 0.
extension PodStats {
    /// Takes in another report of the same start.
    ///
    /// The stored side (bets, value, duplicates, rejections) is taken whole from the higher version;
    /// the original's messages have none, there the higher number of bets wins. Every other figure
    /// grows with the start's age, so the larger one is the later one.
    package mutating func merge(_ other: PodStats) {
        if storedSideIsOlder(than: other) {
            version = other.version
            totalBets = other.totalBets
            totalValueUnits = other.totalValueUnits
            duplicates = other.duplicates
            rejected = other.rejected
        }
        oddsUpdates = max(oddsUpdates, other.oddsUpdates)
        databaseFailures = max(databaseFailures, other.databaseFailures)
        redisFailures = max(redisFailures, other.redisFailures)
        redeliveries = max(redeliveries, other.redeliveries)
        latency.formMaximum(other.latency)
        if (sentAt, build) < (other.sentAt, other.build) {
            sentAt = other.sentAt
            build = other.build
        }
        if startedAt == 0 || other.startedAt > 0 && other.startedAt < startedAt {
            startedAt = other.startedAt
        }
        isStopping = isStopping || other.isStopping
    }

    /// All rejections, whatever the reason.
    package var rejectedTotal: Int64 { rejected.values.reduce(0, &+) }

    /// A total order on the stored side. The version decides; the rest only makes reports that
    /// should not exist (one version, two contents) merge the same way everywhere.
    private func storedSideIsOlder(than other: PodStats) -> Bool {
        if version != other.version { return version < other.version }
        if totalBets != other.totalBets { return totalBets < other.totalBets }
        if totalValueUnits != other.totalValueUnits {
            return totalValueUnits < other.totalValueUnits
        }
        if duplicates != other.duplicates { return duplicates < other.duplicates }
        if rejected == other.rejected { return false }
        if rejectedTotal != other.rejectedTotal { return rejectedTotal < other.rejectedTotal }
        return sortedReasons.lexicographicallyPrecedes(other.sortedReasons) {
            ($0.key, $0.value) < ($1.key, $1.value)
        }
    }

    private var sortedReasons: [(key: String, value: Int64)] {
        rejected.sorted { $0.key < $1.key }
    }
}
