import Aggregation
import Testing

@Suite
struct ReconcilerTests {
    private let samples = Samples()

    /// All three servers agree on as many bets, at second 0.
    private func settled(_ bets: Int64 = 100) -> Reconciler {
        var reconciler = Reconciler()
        reconciler.note(database: samples.database(0, stored: bets))
        reconciler.note(odds: samples.odds(0, bets))
        reconciler.note(stream: samples.stream(0, published: UInt64(bets)))
        return reconciler
    }

    @Test
    func `it is unknown until all three have answered, and while one does not`() {
        var reconciler = Reconciler()
        #expect(reconciler.verdict == Reconciliation())
        reconciler.note(database: samples.database(0, stored: 0))
        reconciler.note(odds: samples.odds(0, nil))
        #expect(reconciler.verdict.state == .unknown)
        reconciler.note(stream: samples.stream(0, published: 0))
        #expect(reconciler.verdict.state == .ok)
        for loss in [
            { $0.note(stream: nil) }, { $0.note(database: nil) }, { $0.note(odds: nil) },
        ] as [(inout Reconciler) -> Void] {
            var reconciler = settled()
            #expect(reconciler.verdict.state == .ok)
            loss(&reconciler)
            #expect(reconciler.verdict.state == .unknown)
        }
    }

    @Test
    func `figures of a server that does not answer are not there`() {
        var reconciler = settled()
        reconciler.note(database: nil)
        #expect(reconciler.verdict.published == 100)
        #expect(reconciler.verdict.stored == nil)
        #expect(reconciler.verdict.inFlight == nil)
        reconciler = settled()
        reconciler.note(stream: nil)
        #expect(reconciler.verdict.published == nil)
        #expect(reconciler.verdict.outcomes == 100)
    }

    @Test
    func `what is on its way is catching up, not violated`() {
        var reconciler = settled()
        reconciler.note(stream: samples.stream(1, published: 150, pending: 30, ackPending: 20))
        #expect(reconciler.verdict.state == .catchingUp)
        #expect(reconciler.verdict.inFlight == 50)
        reconciler.note(
            database: samples.database(2, stored: 120, duplicates: 20, rejected: 10, oldest: nil)
        )
        reconciler.note(odds: samples.odds(2, 120))
        #expect(reconciler.verdict.state == .catchingUp)
        reconciler.note(stream: samples.stream(3, published: 150))
        #expect(reconciler.verdict.state == .ok)
        #expect(reconciler.verdict.outcomes == 150)
    }

    @Test
    func `more outcomes than messages are a violation, if the messages were counted afterwards`() {
        var reconciler = settled()
        reconciler.note(database: samples.database(1.5, stored: 101))
        #expect(reconciler.verdict.violations.isEmpty)
        #expect(reconciler.verdict.inFlight == 0)
        reconciler.note(stream: samples.stream(1, published: 100))
        #expect(reconciler.verdict.violations.isEmpty)
        reconciler.note(stream: samples.stream(2, published: 100))
        #expect(reconciler.verdict.state == .violated)
        #expect(reconciler.verdict.violations == ["101 outcomes of 100 published messages"])
        reconciler.note(stream: samples.stream(3, published: 101))
        #expect(reconciler.verdict.state == .catchingUp)
    }

    @Test
    func `a stream that ends before an outcome stays broken until it is made anew`() {
        var reconciler = settled()
        // More outcomes than messages may be a mistake of the totals; this is none.
        reconciler.note(database: samples.database(1, stored: 100, horizon: 100))
        reconciler.note(stream: samples.stream(2, published: 99))
        let sentence =
            "the stream lost its end: it ends at sequence 99, Postgres has the outcome of 100. "
            + "Backends take no bets of it: docs/OPERATIONS.md, NATS lost its end"
        #expect(reconciler.verdict.violations.first == sentence)
        reconciler.note(stream: samples.stream(3, published: 120))
        reconciler.note(database: nil)
        reconciler.note(stream: nil)
        reconciler.note(stream: samples.stream(4, published: 130))
        reconciler.note(database: samples.database(5, stored: 130, horizon: 130))
        #expect(reconciler.verdict.violations == [sentence])
        reconciler.note(stream: samples.stream(6, published: 10, epoch: 2))
        #expect(reconciler.verdict.violations == [])
    }

    @Test
    func `what a backend wrote down about the stream's end is a violation`() {
        var reconciler = settled()
        reconciler.note(database: samples.database(1, stored: 100, lostEnd: "sequence 7"))
        #expect(reconciler.verdict.state == .violated)
        #expect(reconciler.verdict.violations.count == 1)
        #expect(reconciler.verdict.violations[0].hasPrefix("the stream lost its end: sequence 7."))
    }

    @Test
    func `a message that is lost for good is a violation, and not in flight`() {
        var reconciler = settled(97)
        reconciler.note(stream: samples.stream(1, published: 100))
        reconciler.note(database: samples.database(2, stored: 97, lost: 1))
        let verdict = reconciler.verdict
        #expect(verdict.state == .violated)
        #expect(verdict.lost == 1 && verdict.inFlight == 2)
        #expect(verdict.violations.count == 1)
        #expect(verdict.violations.first?.hasSuffix("lost for good") == true)
        // It does not keep the counters from being compared.
        reconciler.note(stream: samples.stream(3, published: 98))
        reconciler.note(database: samples.database(4, stored: 97, lost: 1))
        for second in 5...20 { reconciler.note(odds: samples.odds(Double(second), 96)) }
        #expect(reconciler.verdict.violations.count == 2)
    }

    /// Message 61 has no outcome; the consumer has delivered up to `delivered`.
    private func waiting(
        seconds: Range<Int>,
        delivered: UInt64 = 100,
        isBound: Bool = true,
        _ disturb: (inout Reconciler, Int) -> Void = { _, _ in }
    ) -> Reconciler {
        var reconciler = settled(60)
        for second in seconds {
            let second = Double(second)
            reconciler.note(
                stream: samples.stream(
                    second,
                    published: 100,
                    delivered: delivered,
                    ackPending: 40,
                    isBound: isBound
                )
            )
            reconciler.note(database: samples.database(second + 0.1, stored: 60, oldest: 61))
            disturb(&reconciler, Int(second))
        }
        return reconciler
    }

    @Test
    func `a message without an outcome three ack waits after its delivery is a violation`() {
        #expect(waiting(seconds: 1..<31).verdict.violations.isEmpty)
        let verdict = waiting(seconds: 1..<32).verdict
        #expect(verdict.state == .violated)
        #expect(verdict.oldestUnresolvedSequence == 61)
        #expect(verdict.violations.count == 1)
        #expect(verdict.violations.first?.hasPrefix("message 61 was delivered") == true)
    }

    @Test
    func `a message that was not delivered waits without an end`() {
        #expect(waiting(seconds: 1..<200, delivered: 60).verdict.violations.isEmpty)
        #expect(waiting(seconds: 1..<200, isBound: false).verdict.violations.isEmpty)
    }

    @Test
    func `an outage begins the waiting anew`() {
        let postgresAway = waiting(seconds: 1..<40) { reconciler, second in
            if second == 20 { reconciler.note(database: nil) }
        }
        #expect(postgresAway.verdict.violations.isEmpty)
        let natsAway = waiting(seconds: 1..<40) { reconciler, second in
            if second == 20 { reconciler.note(stream: nil) }
        }
        #expect(natsAway.verdict.violations.isEmpty)
    }

    @Test
    func `a violation ends with its cause`() {
        var reconciler = waiting(seconds: 1..<40)
        reconciler.note(database: samples.database(41, stored: 100))
        #expect(reconciler.verdict.violations.isEmpty)
    }

    @Test
    func `counters that differ after 10 s of quiet are a violation`() {
        var reconciler = settled()
        for second in 1...9 {
            reconciler.note(odds: samples.odds(Double(second), 99))
            #expect(reconciler.verdict.state == .catchingUp)
        }
        reconciler.note(odds: samples.odds(10, 99))
        #expect(reconciler.verdict.state == .violated)
        #expect(reconciler.verdict.violations.first?.contains("99 bets") == true)
        reconciler.note(odds: samples.odds(11, 100))
        #expect(reconciler.verdict.state == .ok)
    }

    @Test
    func `traffic and an outage of Redis begin the quiet anew`() {
        var reconciler = settled()
        reconciler.note(stream: samples.stream(8, published: 101, ackPending: 1))
        reconciler.note(database: samples.database(8.5, stored: 101))
        reconciler.note(stream: samples.stream(9, published: 101))
        reconciler.note(odds: samples.odds(18, 100))
        #expect(reconciler.verdict.violations.isEmpty)
        reconciler.note(odds: nil)
        reconciler.note(odds: samples.odds(40, 100))
        #expect(reconciler.verdict.violations.isEmpty)
        reconciler.note(odds: samples.odds(50, 100))
        #expect(reconciler.verdict.state == .violated)
    }

    @Test
    func `counters that are absent are being rebuilt`() {
        var reconciler = settled()
        reconciler.note(odds: samples.odds(60, nil))
        #expect(reconciler.verdict.state == .catchingUp)
        #expect(reconciler.verdict.violations.isEmpty)
    }

    @Test
    func `samples of two epochs are not compared`() {
        var reconciler = settled()
        reconciler.note(stream: samples.stream(1, published: 3, epoch: 8))
        #expect(reconciler.verdict.state == .unknown)
        #expect(reconciler.verdict.inFlight == nil)
        #expect(reconciler.verdict.violations.isEmpty)
        reconciler.note(database: samples.database(2, stored: 3, epoch: 8))
        #expect(reconciler.verdict.inFlight == 0)
    }
}
