import Foundation
import Synchronization
import TestSupport
import Threading

/// What a dashboard reads of a frame.
struct SeenFrame: Decodable, Sendable {
    struct Dependency: Decodable {
        let name: String
        let state: String
    }

    struct Reconciliation: Decodable {
        let state: String
        let published: Int?
        let outcomes: Int?
        let violations: [String]
    }

    struct Pod: Decodable {
        let pod_id: String
        let boot_id: String
        let state: String
        let total_bets: Int
    }

    struct Game: Decodable {
        let game_id: String
        let bets: Int
        let staked_text: String
    }

    struct Backlog: Decodable {
        let num_pending: Int?
        let oldest_age_seconds: Double?
    }

    let seq: Int
    let total_bets: Int
    let total_value_text: String
    let db_failures: Int
    let rejected_total: Int
    let rejected: [String: Int]
    let bets_per_second: Double
    let bets_table_row_count: Int?
    let total_odds: Int?
    let pending_bets: Int?
    let epoch: String?
    let dependencies: [Dependency]
    let reconciliation: Reconciliation
    let backlog: Backlog
    let pods: [Pod]
    let games: [Game]

    func state(of server: String) -> String? {
        dependencies.first { $0.name == server }?.state
    }
}

/// A dashboard: reads every frame on a thread of its own and keeps them.
final class FrameLog: Sendable {
    private let seen = Mutex<[SeenFrame]>([])
    private let isDone = Flag()
    private let closeCode = Mutex<Int?>(nil)

    init(port: Int) throws {
        // Made here so that the first frame cannot be missed; read on the thread alone.
        nonisolated(unsafe) let client = try WebSocketClient.connect(port: port)
        BlockingThread.start("dashboard") { [self] in
            let client = unsafe client
            while let text = client.readText(within: .seconds(30)), !isDone.load() {
                guard
                    let frame = try? JSONDecoder().decode(SeenFrame.self, from: Data(text.utf8))
                else { continue }
                seen.withLock { $0.append(frame) }
            }
            closeCode.withLock { $0 = client.closeCode }
            client.disconnect()
        }
    }

    deinit { isDone.set() }

    var frames: [SeenFrame] { seen.withLock { $0 } }

    var last: SeenFrame? { seen.withLock { $0.last } }

    /// The code the server closed with.
    var code: Int? { closeCode.withLock { $0 } }

    /// Whether a frame like that came in time.
    func see(
        within timeout: Duration = .seconds(30),
        _ isWanted: (SeenFrame) -> Bool
    ) async throws -> Bool {
        try await eventually(within: timeout) { last.map(isWanted) ?? false }
    }

    /// Pairs of frames of one epoch between which a total fell.
    var falls: [String] {
        let frames = frames
        return zip(frames, frames.dropFirst()).compactMap { earlier, later in
            guard earlier.epoch == later.epoch else { return nil }
            let fell =
                later.total_bets < earlier.total_bets || later.db_failures < earlier.db_failures
                || later.rejected_total < earlier.rejected_total
                || (Decimal(string: later.total_value_text) ?? 0)
                    < (Decimal(string: earlier.total_value_text) ?? 0)
            return fell ? "\(earlier.total_bets) became \(later.total_bets)" : nil
        }
    }
}
