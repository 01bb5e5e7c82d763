import Synchronization
import Telemetry
import Threading
import WebServer

/// The thread that makes frames: every so often while something changes, once a second while
/// nothing does.
final class FrameLoop: Sendable {
    private let every: Duration
    private let board: FleetBoard
    private let hub: WebSocketHub
    private let writer: FrameWriter
    private let counters: AggregatorCounters
    private let stopping: Stopping
    private let beat: @Sendable () -> Void
    private let latest = Mutex<[UInt8]?>(nil)

    init(
        every: Duration,
        board: FleetBoard,
        hub: WebSocketHub,
        writer: FrameWriter,
        counters: AggregatorCounters,
        stopping: Stopping,
        beat: @escaping @Sendable () -> Void
    ) {
        self.every = every
        self.board = board
        self.hub = hub
        self.writer = writer
        self.counters = counters
        self.stopping = stopping
        self.beat = beat
    }

    /// Blocks until it is time to stop.
    func run() {
        var next = ContinuousClock.now
        repeat {
            beat()
            if let content = board.withState({ $0.nextFrame(at: .now) }) {
                let frame = writer.frame(content)
                latest.withLock { $0 = frame }
                hub.broadcast(frame)
                counters.framesBuilt.add()
            }
            next = max(next + every, .now)
        } while !stopping.wait(ContinuousClock.now.duration(to: next))
    }

    /// The newest frame; 503 before the first.
    func snapshot() -> HTTPResponse {
        if let frame = latest.withLock({ $0 }) {
            return HTTPResponse(contentType: "application/json", body: frame)
        }
        let (missing, down) = board.withState { state in
            (
                state.missing(at: .now),
                state.dependencies.filter { !$0.isUp }.map { "\($0.name.rawValue): \($0.detail)" }
            )
        }
        let reasons = [missing ?? "starting"] + down
        return .failure(status: 503, code: "starting", message: reasons.joined(separator: "; "))
    }
}
