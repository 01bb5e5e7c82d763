import Foundation

/// What a dashboard reads of a frame.
package struct SeenFrame: Decodable, Sendable {
    package struct Dependency: Decodable {
        package let name: String
        package let state: String
    }

    package struct Reconciliation: Decodable {
        package let state: String
        package let published: Int?
        package let outcomes: Int?
        package let lost: Int?
        package let in_flight: Int?
        package let oldest_unresolved_sequence: Int?
        package let violations: [String]
    }

    package struct Pod: Decodable {
        package let pod_id: String
        package let boot_id: String
        package let state: String
        package let total_bets: Int
    }

    package struct Game: Decodable {
        package let game_id: String
        package let bets: Int
        package let staked_text: String
    }

    package struct Backlog: Decodable {
        package let num_pending: Int?
        package let oldest_age_seconds: Double?
    }

    package let seq: Int
    package let total_bets: Int
    package let total_value_text: String
    package let db_failures: Int
    package let duplicates: Int
    package let rejected_total: Int
    package let rejected: [String: Int]
    package let bets_per_second: Double
    package let bets_table_row_count: Int?
    package let total_odds: Int?
    package let pending_bets: Int?
    package let epoch: String?
    package let dependencies: [Dependency]
    package let reconciliation: Reconciliation
    package let backlog: Backlog
    package let pods: [Pod]
    package let games: [Game]

    package func state(of server: String) -> String? {
        dependencies.first { $0.name == server }?.state
    }
}
