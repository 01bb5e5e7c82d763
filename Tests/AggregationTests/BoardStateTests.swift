import Aggregation
import Statistics
import Testing

@Suite
struct BoardStateTests {
    private let samples = Samples()

    /// Everything is read and all servers answer.
    private func ready() -> BoardState {
        var state = BoardState(at: samples.moment(0))
        state.note(stream: samples.stream(0, published: 5), at: samples.moment(0))
        for name in DependencyName.allCases {
            _ = state.note(name, isUp: true, detail: "", at: samples.moment(0))
        }
        state.noteMessagesRead()
        state.take(rows: [(samples.report(bets: 5), .zero)], at: samples.moment(0))
        state.noteRowsRead(epoch: Samples.epoch)
        state.note(database: samples.database(0, stored: 5))
        state.note(odds: samples.odds(0, 5))
        return state
    }

    @Test
    func `there is no frame before rows and messages were read`() {
        var state = BoardState(at: samples.moment(0))
        #expect(state.missing(at: samples.moment(0))?.contains("totals") == true)
        state.note(stream: samples.stream(0, published: 5), at: samples.moment(0))
        _ = state.note(.nats, isUp: true, detail: "", at: samples.moment(0))
        state.noteRowsRead(epoch: Samples.epoch)
        let early = state.nextFrame(at: samples.moment(60))
        #expect(early == nil)
        #expect(state.missing(at: samples.moment(60))?.contains("last messages") == true)
        state.noteMessagesRead()
        #expect(state.missing(at: samples.moment(60)) == nil)
        let frame = state.nextFrame(at: samples.moment(60))
        #expect(frame != nil)
    }

    @Test
    func `without NATS the rows are enough after 5 s`() {
        var state = BoardState(at: samples.moment(0))
        state.note(fallbackEpoch: Samples.epoch, at: samples.moment(1))
        state.take(rows: [(samples.report(bets: 5), .zero)], at: samples.moment(1))
        state.noteRowsRead(epoch: Samples.epoch)
        #expect(state.missing(at: samples.moment(4.9)) != nil)
        #expect(state.missing(at: samples.moment(5)) == nil)
        let frame = state.nextFrame(at: samples.moment(5))
        #expect(frame?.fleet.totals.bets == 5)
    }

    @Test
    func `rows of another epoch than the stream's are not enough`() {
        var state = BoardState(at: samples.moment(0))
        state.noteMessagesRead()
        state.noteRowsRead(epoch: 0)
        #expect(state.missing(at: samples.moment(0)) == nil)
        state.note(stream: samples.stream(0, published: 5), at: samples.moment(0))
        #expect(state.missing(at: samples.moment(0)) != nil)
    }

    @Test
    func `a change makes a frame at once, otherwise there is one a second`() {
        var state = ready()
        var framesAt: [Int] = []
        for tick in 0...40 {
            let moment = samples.moment(Double(tick) / 10)
            if tick == 15 || tick == 16 {
                _ = state.take(
                    samples.report(bets: Int64(tick)),
                    age: .zero,
                    at: moment
                )
            }
            if state.nextFrame(at: moment) != nil { framesAt.append(tick) }
        }
        #expect(framesAt == [0, 10, 15, 16, 26, 36])
    }

    @Test
    func `frames are numbered, and totals in them never fall`() {
        var state = ready()
        var last = (sequence: Int64(0), bets: Int64(0))
        for tick in 0...100 {
            let moment = samples.moment(Double(tick) / 10)
            let bets = Int64((tick * 7) % 50)
            _ = state.take(samples.report(bets: bets), age: .zero, at: moment)
            guard let frame = state.nextFrame(at: moment) else { continue }
            #expect(frame.sequence == last.sequence + 1)
            #expect(frame.fleet.totals.bets >= last.bets)
            last = (frame.sequence, frame.fleet.totals.bets)
        }
        #expect(last.bets == 49)
    }

    @Test
    func `the oldest bet without an outcome has an age as soon as its time is known`() {
        var state = ready()
        #expect(state.oldestAge(at: samples.moment(1)) == 0)
        state.note(database: samples.database(1, stored: 4, oldest: 5))
        #expect(state.undatedSequence == 5)
        #expect(state.oldestAge(at: samples.moment(1)) == nil)
        let published = samples.moment(0.5).wallMicroseconds * 1_000
        state.note(published: published, sequence: 5)
        #expect(state.undatedSequence == nil)
        #expect(state.oldestAge(at: samples.moment(2)) == 1.5)
        state.note(stream: nil, at: samples.moment(3))
        #expect(state.oldestAge(at: samples.moment(3)) == nil)
    }

    @Test
    func `a server is down since it stopped answering`() {
        var state = ready()
        let isNews = state.note(.redis, isUp: false, detail: "timeout", at: samples.moment(3))
        #expect(isNews)
        let isStillNews = state.note(.redis, isUp: false, detail: "timeout", at: samples.moment(4))
        #expect(!isStillNews)
        let redis = state.dependencies.first { $0.name == .redis }
        #expect(redis?.isUp == false)
        #expect(redis?.since == samples.moment(3).wallMicroseconds)
        #expect(redis?.detail == "timeout")
    }

    @Test
    func `another epoch starts the totals anew`() {
        var state = ready()
        _ = state.nextFrame(at: samples.moment(0))
        _ = state.take(samples.report(bets: 2, epoch: 8), age: .zero, at: samples.moment(1))
        state.note(stream: samples.stream(1, published: 2, epoch: 8), at: samples.moment(1))
        let frame = state.nextFrame(at: samples.moment(1))
        #expect(frame?.fleet.epoch == 8)
        #expect(frame?.fleet.totals.bets == 2)
        #expect(frame?.reconciliation.state == .unknown)
    }
}
