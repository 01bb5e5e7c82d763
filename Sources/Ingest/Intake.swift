import BetCodec
import BetStore
package import Betting
package import JetStream
import ServiceKit
import Threading

/// Where deliveries become batches: the subscription's thread decodes and adds, the storing thread
/// takes. Decoding a bet takes less time than handing its bytes over would.
package final class Intake: Sendable {
    /// Why a delivery was not added.
    package struct Counters: Sendable {
        /// Deliveries that were sent back because too much was held already.
        package var postponed: Int64 = 0
        /// Deliveries that came while this pod was not taking any.
        package var ignored: Int64 = 0
        /// Fields of bets that this version does not know.
        package var unknownFields: Int64 = 0
        package var received: Int64 = 0
        /// Deliveries the server itself calls repeated.
        package var redelivered: Int64 = 0
    }

    /// The stream's creation time: part of the deliver subject, so every delivery is of this epoch.
    package let epoch: Int64

    /// How long a delivery waits for the end of an attempt at a message alone, before it is sent
    /// back. Longer than an attempt takes that is not in trouble; libnats keeps what comes
    /// meanwhile.
    private static let companySecondsMax = 1

    let limits: BatchLimits
    let state: Monitor<State>

    /// - Parameter suspects: sequences that other starts tried alone; so does this one.
    package init(
        epoch: Int64,
        limits: BatchLimits,
        betLimits: BetLimits,
        suspects: Set<Int64> = []
    ) {
        self.epoch = epoch
        self.limits = limits
        state = Monitor(State(decoder: BetDecoder(limits: betLimits), suspects: suspects))
    }

    package var counters: Counters { state.withLock { $0.counters } }

    /// The most messages held.
    var heldMax: Int { limits.heldMax }

    /// Messages held now.
    package var heldCount: Int { state.withLock { $0.heldCount } }

    /// Whether the storing thread has had a batch for so long without an answer.
    func isLate(by age: Duration, at now: ContinuousClock.Instant = .now) -> Bool {
        state.withLock { state in
            state.taken.values.contains { $0.openedAt.duration(to: now) >= age }
        }
    }

    // MARK: The subscription's side

    /// What the subscription does with a delivery after `receive`.
    package enum Reception: Sendable {
        case held
        /// Send it back: nothing of it is kept.
        case postponed
        /// Leave it unanswered: it comes again, to another pod or later to this one.
        case ignored
    }

    /// Takes a delivery. Blocks only while a message is handled alone, and then briefly: a
    /// subscription that falls behind fills libnats' memory.
    package func receive(_ message: borrowing ReceivedMessage) -> Reception {
        guard let delivery = message.delivery else { return .ignored }
        if let reception = state.withLock({ receive(message, delivery, &$0) }) { return reception }
        let late = state.wait(atMost: .seconds(Self.companySecondsMax)) { state in
            receive(message, delivery, &state)
        }
        return late ?? state.withLock { state in state.postpone() }
    }

    /// Nil while a message is handled alone.
    private func receive(
        _ message: borrowing ReceivedMessage,
        _ delivery: Delivery,
        _ state: inout State
    ) -> Reception? {
        guard state.isTaking else {
            state.counters.ignored += 1
            return .ignored
        }
        guard state.heldCount < limits.heldMax, state.rejectedBytes < limits.rejectedBytesMax
        else { return state.postpone() }
        if state.solo.wants(delivery.sequence, deliveredCount: delivery.deliveredCount) {
            guard state.solo.hasRoom else { return state.postpone() }
            setAside(message, delivery, &state)
            return .held
        }
        guard !state.solo.isUnderWay else { return nil }
        add(message, delivery, to: &state)
        return .held
    }

    private func add(
        _ message: borrowing ReceivedMessage,
        _ delivery: Delivery,
        to state: inout State
    ) {
        let wasEmpty = state.open == nil
        if wasEmpty { state.open = state.makeBatch(epoch: epoch) }
        let isFull: Bool?
        do {
            let bet = try decode(message, with: state.decoder)
            isFull = state.open?.append(bet, of: message, delivery, within: limits)
        } catch {
            let rejected = RejectedMessage(
                sequence: delivery.sequence,
                reason: error.reason,
                detail: error.detail,
                message: RawMessage(message, delivery)
            )
            state.rejectedBytes += rejected.message.heldBytes
            isFull = state.open?.append(rejected, of: message, delivery, within: limits)
        }
        state.counters.unknownFields += Int64(state.decoder.unknownFieldCount)
        state.counters.received += 1
        if delivery.deliveredCount > 1 { state.counters.redelivered += 1 }
        state.heldCount += 1
        if isFull == true, let full = state.open.take() { state.ready.append(full) }
        let isEnough = state.open?.replies.count == limits.rowsEnough
        if wasEmpty || isFull == true || isEnough { self.state.wakeAll() }
    }

    private func decode(
        _ message: borrowing ReceivedMessage,
        with decoder: BetDecoder
    ) throws(BetRejection) -> Bet {
        let header = message.hasHeaders ? message.header(ContentType.headerName) : nil
        let type = try contentType(header)
        return try message.withBody { (body) throws(BetRejection) in
            try decoded(body, as: type, with: decoder)
        }
    }

    // MARK: The storing thread's side

    /// Blocks until a batch is due and takes it; nil once nothing more will come.
    func next() -> HeldBatch? {
        state.wait { state in
            let soloTurn = state.solo.turn
            if let soloTurn, soloTurn <= .now {
                // Its turn, once what was committed before is answered too.
                guard state.taken.isEmpty else { return .wait }
                return .done(take(apart(&state), &state))
            }
            if !state.ready.isEmpty { return .done(take(state.ready.removeFirst(), &state)) }
            guard let open = state.open else {
                if let soloTurn { return .waitUntil(soloTurn) }
                return state.isFinishing ? .done(nil) : .wait
            }
            let isEnough = open.replies.count >= limits.rowsEnough
            let linger =
                open.hasBacklog
                ? limits.backlogLingerMilliseconds : limits.lingerMilliseconds
            let due = open.openedAt + .milliseconds(linger)
            guard isEnough || state.isFinishing || due <= .now else {
                return .waitUntil(soloTurn.map { min($0, due) } ?? due)
            }
            state.open = nil
            return .done(take(open, &state))
        }
    }

    /// The next message that is handled alone, or several that are handled apart together.
    private func apart(_ state: inout State) -> HeldBatch {
        let members = state.solo.removeDue()
        if members.count == 1 { return members[0] }
        var held = state.makeBatch(epoch: epoch)
        for member in members { held.join(member) }
        return held
    }

    private func take(_ held: HeldBatch, _ state: inout State) -> HeldBatch {
        state.taken[held.number] = held
        return held
    }

    /// The batch has been answered, or is given up.
    func release(_ held: HeldBatch) {
        state.update { state in
            guard state.taken.removeValue(forKey: held.number) != nil else { return }
            state.forget(held)
            state.keepMemory(of: held)
        }
    }

    // MARK: Taking part

    /// Takes deliveries from now on.
    ///
    /// - Returns: false, and nothing changes, after `finish`.
    @discardableResult
    func startTaking() -> Bool {
        state.update { state in
            if !state.isFinishing { state.isTaking = true }
            return state.isTaking
        }
    }

    /// Stops adding, and forgets what no thread has begun: it comes again after the ack wait.
    ///
    /// - Returns: how many messages were forgotten.
    @discardableResult
    func stopTakingAndForget() -> Int {
        state.update { state in
            state.isTaking = false
            let forgotten =
                state.ready + [state.open].compactMap(\.self) + state.solo.removeAll()
            state.ready = []
            state.open = nil
            for held in forgotten { state.forget(held) }
            return forgotten.reduce(0) { $0 + $1.replies.count }
        }
    }

    /// Nothing more will come: `next` hands out what is left, then nil. Messages that wait to be
    /// handled alone are forgotten: an attempt that the end of the process cut off would be held
    /// against them.
    func finish() {
        state.update { state in
            state.isTaking = false
            state.isFinishing = true
            for held in state.solo.removeAll() { state.forget(held) }
        }
    }

    /// The replies that were not answered for `age`, to be told that the work goes on.
    func replies(unansweredFor age: Duration, at now: ContinuousClock.Instant) -> [ReplyList] {
        state.withLock { state in
            var due: [ReplyList] = []
            func look(_ held: inout HeldBatch) {
                guard held.answeredAt.duration(to: now) >= age else { return }
                held.answeredAt = now
                due.append(held.replies)
            }
            for (number, var held) in state.taken {
                look(&held)
                state.taken[number] = held
            }
            for index in state.ready.indices { look(&state.ready[index]) }
            state.solo.forEach(look)
            if var open = state.open {
                look(&open)
                state.open = open
            }
            return due
        }
    }
}
