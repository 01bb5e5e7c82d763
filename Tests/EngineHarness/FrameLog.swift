import Foundation
import Synchronization
import TestSupport
import Threading

/// A dashboard: reads every frame on a thread of its own and keeps them.
package final class FrameLog: Sendable {
    private let seen = Mutex<[SeenFrame]>([])
    private let isDone = Flag()
    private let closeCode = Mutex<Int?>(nil)

    package init(port: Int) throws {
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

    package var frames: [SeenFrame] { seen.withLock { $0 } }

    package var last: SeenFrame? { seen.withLock { $0.last } }

    /// The code the server closed with.
    package var code: Int? { closeCode.withLock { $0 } }

    /// Whether a frame like that came in time.
    package func see(
        within timeout: Duration = .seconds(30),
        _ isWanted: (SeenFrame) -> Bool
    ) async throws -> Bool {
        try await eventually(within: timeout) { last.map(isWanted) ?? false }
    }

    /// Pairs of frames of one epoch between which a total fell.
    package var falls: [String] {
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
