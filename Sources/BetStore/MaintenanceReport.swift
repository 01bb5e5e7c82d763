/// What one round of `OddsMaintenance` did.
package struct MaintenanceReport: Sendable, Equatable {
    /// Why the projection was rebuilt.
    package enum RebuildReason: String, CaseIterable, Sendable {
        /// Redis had none: it lost its data, or somebody asked for a rebuild.
        case absent
        /// A figure, a bitmap or a key's type differed from Postgres for certain.
        case difference
        /// More was missing than is worth applying bet by bet.
        case backlog
    }

    /// Nil when there was no rebuild.
    package internal(set) var rebuild: RebuildReason?
    /// Sequences by which `outcomes_through` moved on, over all epochs.
    package internal(set) var advanced: Int64 = 0
    /// Sequences that Redis lacked and that were applied.
    package internal(set) var repaired = 0
    /// A pass over everything that Postgres knew at the end of the round before is complete.
    package internal(set) var isCaughtUp = false
    /// Games whose figures were compared.
    package internal(set) var compared = 0
    /// Figures that differed for certain.
    package internal(set) var differences = 0
    /// The first of them, by key, for the log.
    package internal(set) var differingKeys: [String] = []

    /// Games whose counters were taken away because there were too many.
    package internal(set) var retired = 0

    static let differingKeysMax = 10

    mutating func addDifference(_ key: String) {
        differences += 1
        if differingKeys.count < Self.differingKeysMax { differingKeys.append(key) }
    }
}
