import FaultPoints
import JetStream

/// One connection and the thread that publishes on it.
final class Sender: Sendable {
    private static let batchMax = 64
    private static let outageSecondsMax: UInt64 = 120

    let ledger: Ledger

    private let connection: NATSConnection
    private let publisher: Publisher
    private let job: Job
    private let run: RunState

    /// - Throws: what connecting throws.
    init(
        _ job: Job,
        number: Int,
        nats: NATSConfiguration,
        run: RunState
    ) throws(JetStreamError) {
        var nats = nats
        nats.name += "-\(number)"
        let options = job.options
        let ledger = Ledger(
            job.script,
            run: run,
            journal: job.journal,
            retriesMax: options.retries
        )
        connection = try NATSConnection.connect(
            nats,
            retryingForMilliseconds: 10_000
        ) { event in Self.take(event, ledger, run) }
        publisher = try Publisher(
            on: connection,
            windowMax: options.window / options.connections,
            acknowledgementTimeoutMilliseconds: options.acknowledgementTimeoutMilliseconds
        ) { outcome in ledger.receive(outcome) }
        self.ledger = ledger
        self.job = job
        self.run = run
    }

    var isConnected: Bool { connection.isConnected }

    /// Publishes until everything is settled or the run is to stop; then waits for what is open. Blocks
    /// its thread.
    func send() {
        while !run.isStopping, awaitConnection() {
            publish(again: ledger.takeDueRetries())
            switch job.schedule.turn(most: UInt64(Self.batchMax)) {
            case .send(let positions): publish(positions)
            case .wait(let nanoseconds):
                MonotonicClock.sleep(nanoseconds: min(nanoseconds, 10_000_000))
            case .finished:
                if ledger.openCount == 0 { return }
                MonotonicClock.sleep(nanoseconds: 2_000_000)
            }
        }
        ledger.abandonRetries()
        _ = publisher.waitForAll(
            timeoutMilliseconds: job.options.acknowledgementTimeoutMilliseconds + 1_000
        )
        ledger.abandonRetries()
    }

    /// Ends the connection; what is open then is unknown.
    func close() {
        publisher.close()
        if ledger.needsEpoch, connection.isConnected { try? refreshEpoch() }
        ledger.abandonRetries()
        connection.close()
    }

    /// Asks for the stream's epoch and notes it for the journal.
    ///
    /// - Throws: what the request throws; `notFound` when there is no such stream.
    func refreshEpoch() throws(JetStreamError) {
        let manager = JetStreamManager(connection, timeoutMilliseconds: 2_000)
        guard let info = try manager.streamInfo(job.options.stream) else {
            throw .notFound("stream \(job.options.stream)")
        }
        ledger.noteEpoch(info.createdNanoseconds)
    }

    /// Waits while the server or the stream is away; false when the run is to stop, or it stays away.
    private func awaitConnection() -> Bool {
        if connection.isConnected, !ledger.needsEpoch { return true }
        let end = MonotonicClock.nanoseconds() + Self.outageSecondsMax * 1_000_000_000
        while MonotonicClock.nanoseconds() < end {
            if run.isStopping { return false }
            if connection.isConnected {
                // JetStream may come up later than the server.
                if !ledger.needsEpoch || (try? refreshEpoch()) != nil { return true }
            }
            MonotonicClock.sleep(nanoseconds: 20_000_000)
        }
        run.fail("NATS, or its stream, was away for \(Self.outageSecondsMax) s")
        return false
    }

    private func publish(_ positions: Range<UInt64>) {
        let messages = positions.map { job.script.message(job.index(at: $0)) }
        if let journal = job.journal, !job.isResumed {
            do throws(JournalError) {
                try journal.willSend(messages)
            } catch {
                run.fail("the journal: \(error)")
                return
            }
        }
        FaultPoint.tryJournaled.reach()
        ledger.willPublish(messages.count)
        for message in messages { publish(message) }
        FaultPoint.betsPublished.reach()
    }

    private func publish(again indexes: [UInt64]) {
        for index in indexes { publish(job.script.message(index)) }
    }

    private func publish(_ message: Message) {
        do throws(JetStreamError) {
            try publisher.publish(
                job.options.subject,
                messageID: message.messageID,
                token: message.index,
                body: message.body,
                contentType: message.contentType
            )
        } catch {
            ledger.postpone(message.index)
            if error.disposition != .retry { run.fail("publish: \(error)") }
        }
    }

    private static func take(_ event: ConnectionEvent, _ ledger: Ledger, _ run: RunState) {
        switch event {
        case .reconnected: ledger.doubtEpoch()
        case .permissionViolation(let text): run.fail(text)
        case .disconnected, .closed, .slowConsumer, .lameDuck, .asyncError: break
        }
    }
}
