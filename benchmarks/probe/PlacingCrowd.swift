import Glibc
import Threading

/// Connections that take turns at placing bets, on one thread.
@safe
final class PlacingCrowd {
    /// What became of a bet, by its number.
    struct Answer {
        let index: Int
        /// 0 when the connection broke instead.
        let status: Int
        let latency: Duration
    }

    private struct Open {
        let index: Int
        let due: ContinuousClock.Instant
    }

    private let port: UInt16
    private let roundID: String
    private let tokens: [String]
    private let run = UInt64.random(in: 1...UInt64.max)
    private var links: [Link]
    /// In the order they are taken: everybody bets as often, and no connection idles until the
    /// server closes it.
    private var free: [Int] = []
    /// Those that wait for an answer.
    private var busy: [Int] = []
    private(set) var answers: [Answer] = []
    private(set) var countByStatus: [Int: Int] = [:]
    private(set) var brokenCount = 0

    var doneCount: Int { answers.count }

    /// A connection and the bet that is open on it.
    private final class Link {
        var connection: PlacingConnection
        var open: Open?

        init(_ connection: consuming PlacingConnection) { self.connection = connection }
    }

    /// Opens all connections.
    ///
    /// - Throws: `refused`.
    init(port: Int, tokens: [String], roundID: String, connectionCount: Int) throws(ProbeError) {
        guard let port = UInt16(exactly: port) else { throw .refused("no port \(port)") }
        self.port = port
        self.tokens = tokens
        self.roundID = roundID
        links = []
        for number in 0..<connectionCount {
            links.append(Link(try PlacingConnection(port: port)))
            free.append(number)
        }
    }

    /// Sends a bet on a connection that is free; false when none is.
    ///
    /// - Throws: `refused` when a broken connection cannot be replaced.
    func place(_ index: Int, due: ContinuousClock.Instant) throws(ProbeError) -> Bool {
        guard !free.isEmpty else { return false }
        let number = free.removeFirst()
        links[number].open = Open(index: index, due: due)
        if links[number].connection.send(request(index, of: tokens[number % tokens.count])) {
            busy.append(number)
        } else {
            try replace(number)
        }
        return true
    }

    private func request(_ index: Int, of token: String) -> [UInt8] {
        let side = index % 2 == 0 ? "A" : "B"
        let body = "{\"roundId\":\"\(roundID)\",\"amount\":\"1.00\",\"side\":\"\(side)\"}"
        return Array(
            """
            POST /api/bets HTTP/1.1\r
            Host: 127.0.0.1:\(port)\r
            Authorization: Bearer \(token)\r
            Content-Type: application/json\r
            Idempotency-Key: \(run)-\(index)\r
            Content-Length: \(body.utf8.count)\r
            \r
            \(body)
            """.utf8
        )
    }

    /// Waits for answers, at most so long, and takes in what came.
    ///
    /// - Throws: `refused` when a broken connection cannot be replaced.
    func listen(for pause: Duration) throws(ProbeError) {
        var watched = busy.map { number in
            pollfd(
                fd: links[number].connection.descriptor,
                events: Int16(truncatingIfNeeded: POLLIN),
                revents: 0
            )
        }
        let milliseconds = Int32(clamping: Int64((pause / .milliseconds(1)).rounded(.down)))
        guard unsafe poll(&watched, nfds_t(watched.count), max(0, milliseconds)) > 0 else {
            if milliseconds <= 0 { BlockingThread.pause(for: pause) }
            return
        }
        for (number, event) in zip(busy, watched) where event.revents != 0 {
            switch links[number].connection.receive() {
            case .incomplete: break
            case .answered(let status): finish(number, status)
            case .broken: try replace(number)
            }
        }
        busy.removeAll { links[$0].open == nil }
    }

    private func finish(_ number: Int, _ status: Int) {
        guard let open = links[number].open else { return }
        links[number].open = nil
        answers.append(
            Answer(index: open.index, status: status, latency: open.due.duration(to: .now))
        )
        countByStatus[status, default: 0] += 1
        free.append(number)
    }

    private func replace(_ number: Int) throws(ProbeError) {
        brokenCount += 1
        let link = Link(try PlacingConnection(port: port))
        link.open = links[number].open
        links[number] = link
        finish(number, 0)
    }
}
