import EngineHarness
import Foundation
import JetStream
import Synchronization
import TestSupport
import Threading

/// Looks at the dashboard for as long as it lives, by a WebSocket and by `/api/snapshot`, and notes
/// every total that falls or is more than was published, across restarts of the aggregator too.
final class DashboardWatch: Sendable {
    enum Way: String, CaseIterable {
        case webSocket
        case snapshot
    }

    fileprivate struct State {
        var port: Int
        /// Frames of the aggregator on `port`, and how many of them were looked at.
        var log: FrameLog
        var framesSeen = 0
        var latest: [Way: ShownTotals] = [:]
        var looks: [Way: Int] = [:]
        /// To be compared with the next answer about what is published.
        var unjudged: [ShownTotals] = []
        var judged = 0
        var faults: [String] = []
    }

    private static let pause = Duration.milliseconds(50)
    /// Enough to see what is wrong.
    fileprivate static let faultsMax = 20

    private let state: Mutex<State>
    private let manager: JetStreamManager
    private let isDone = Flag()

    /// - Parameters:
    ///   - port: of an aggregator that is ready.
    ///   - engine: whose stream it is compared with, over the engine's own connection.
    init(port: Int, _ engine: Engine) throws {
        manager = JetStreamManager(engine.connection, timeoutMilliseconds: 1_000)
        state = Mutex(State(port: port, log: try FrameLog(port: port)))
        BlockingThread.start("watch") { [weak self] in
            while self?.look() == true { takesTime(Self.pause) }
        }
    }

    deinit { isDone.set() }

    /// Goes on with another aggregator, which is ready.
    func follow(port: Int) throws {
        // What the old one had still sent is looked at before.
        state.withLock { $0.takeFrames() }
        let log = try FrameLog(port: port)
        state.withLock {
            $0.takeFrames()
            ($0.port, $0.log, $0.framesSeen) = (port, log, 0)
        }
    }

    var last: SeenFrame? { state.withLock { $0.log.last } }

    /// What was wrong since it was asked last.
    func takeFaults() -> [String] {
        state.withLock { state in
            defer { state.faults = [] }
            return state.faults
        }
    }

    /// Looks by each way, and how many were compared with what is published.
    var figures: (looks: [Way: Int], judged: Int) { state.withLock { ($0.looks, $0.judged) } }

    /// One round.
    ///
    /// - Returns: whether there is to be another.
    private func look() -> Bool {
        guard !isDone.load() else { return false }
        let port = state.withLock { $0.port }
        let snapshot = Self.snapshot(port: port)
        state.withLock {
            $0.takeFrames()
            // An answer of an aggregator that was left meanwhile is older than what is shown now.
            if let snapshot, $0.port == port { $0.take(snapshot, by: .snapshot) }
        }
        // nil while NATS is away: later is judged by more, but nothing is left out.
        guard let published = try? manager.streamInfo("bets_stream")?.lastSequence else {
            return true
        }
        state.withLock { $0.judge(Int(published)) }
        return true
    }

    private static func snapshot(port: Int) -> ShownTotals? {
        guard let client = try? TCPClient(port: port) else { return nil }
        let request = "GET /api/snapshot HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        guard (try? client.send(request)) != nil,
            let head = client.read(through: "\r\n\r\n"), head.hasPrefix("HTTP/1.1 200 "),
            let body = client.readToEnd(),
            let frame = try? JSONDecoder().decode(SeenFrame.self, from: Data(body))
        else { return nil }
        return ShownTotals(frame)
    }
}

extension DashboardWatch.State {
    fileprivate mutating func takeFrames() {
        let frames = log.frames
        for frame in frames.dropFirst(framesSeen) {
            if let shown = ShownTotals(frame) { take(shown, by: .webSocket) }
        }
        framesSeen = frames.count
    }

    fileprivate mutating func take(_ shown: ShownTotals, by way: DashboardWatch.Way) {
        looks[way, default: 0] += 1
        let falls = latest[way].map { shown.falls(since: $0) } ?? []
        note(falls.map { "\(way.rawValue): \($0)" } + shown.violations)
        latest[way] = shown
        unjudged.append(shown)
    }

    fileprivate mutating func judge(_ published: Int) {
        for shown in unjudged { note(shown.excess(over: published)) }
        judged += unjudged.count
        unjudged = []
    }

    private mutating func note(_ found: [String]) {
        faults += found.prefix(
            DashboardWatch.faultsMax - min(faults.count, DashboardWatch.faultsMax)
        )
    }
}
