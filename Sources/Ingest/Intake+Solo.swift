import BetCodec
import BetStore
import Betting
import JetStream
import Threading

/// Messages that are handled alone: see docs/adr/0010-poison.md.
extension Intake {
    /// Keeps a delivery as it came, without looking into it.
    func setAside(
        _ message: borrowing ReceivedMessage,
        _ delivery: Delivery,
        _ state: inout State
    ) {
        let raw = RawMessage(message, delivery)
        var held = state.makeBatch(epoch: epoch)
        held.alone = MessageAlone(
            sequence: delivery.sequence,
            message: raw,
            isSuspect: state.solo.isSuspect(delivery.sequence)
        )
        held.rawBytes = raw.heldBytes
        held.byteCount = raw.heldBytes
        held.replies.append(message)
        held.publishedNanoseconds.append(delivery.timestampNanoseconds)
        state.counters.received += 1
        if delivery.deliveredCount > 1 { state.counters.redelivered += 1 }
        state.heldCount += 1
        state.rejectedBytes += held.rawBytes
        state.solo.append(held)
        self.state.wakeAll()
    }

    /// Runs `attempt` while nothing else is looked into. Whether it ends the process is then the
    /// doing of the message alone.
    func handleAlone<Result, Failure: Error>(
        _ attempt: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        state.withLock { $0.solo.begin() }
        defer { state.update { $0.solo.end() } }
        return try attempt()
    }

    /// Keeps a message for another look after a while; forgets it when this pod takes none any more.
    func putBack(_ held: HeldBatch) {
        state.update { state in
            guard let taken = state.taken.removeValue(forKey: held.number) else { return }
            guard state.isTaking else { return state.forget(held) }
            var held = held
            held.answeredAt = taken.answeredAt
            held.alone?.notBefore = .now + Self.lookAgainAfter
            state.solo.append(held)
        }
    }

    /// Takes those members out of a company that have to be handled alone.
    func separate(_ held: inout HeldBatch, where condition: (MessageAlone) -> Bool) {
        state.update { state in
            let gone = held.split(where: condition) { _ in state.makeBatch(epoch: epoch) }
            for single in gone { state.solo.append(single) }
            if state.taken[held.number] != nil { state.taken[held.number] = held }
        }
    }

    private static let lookAgainAfter = Duration.seconds(1)

    /// Looks into messages that were kept: what `receive` would have made of them.
    func batch(of messages: [MessageAlone]) -> BetBatch {
        var batch = BetBatch(epoch: epoch)
        batch.endsAttempt = true
        for message in messages { append(message, to: &batch) }
        return batch
    }

    private func append(_ alone: MessageAlone, to batch: inout BetBatch) {
        do throws(BetRejection) {
            let bet = try state.withLock { (state) throws(BetRejection) in
                let type = try contentType(alone.message.header(ContentType.headerName))
                defer { state.counters.unknownFields += Int64(state.decoder.unknownFieldCount) }
                return try unsafe decoded(
                    alone.message.body.span.bytes,
                    as: type,
                    with: state.decoder
                )
            }
            batch.append(
                bet,
                sequence: alone.sequence,
                publishedAt: alone.message.publishedAt
            )
        } catch {
            batch.rejected.append(
                RejectedMessage(
                    sequence: alone.sequence,
                    reason: error.reason,
                    detail: error.detail,
                    message: alone.message
                )
            )
        }
    }

    func contentType(_ header: String?) throws(BetRejection) -> ContentType {
        guard let type = ContentType(headerValue: header) else {
            throw BetRejection(.contentType, "Content-Type is neither JSON nor Protocol Buffers")
        }
        return type
    }

    func decoded(
        _ body: RawSpan,
        as type: ContentType,
        with decoder: BetDecoder
    ) throws(BetRejection) -> Bet {
        let bet = try decoder.decode(body, as: type)
        #if DEBUG
            PoisonPoint.decoding.meet(bet.id)
        #endif
        return bet
    }
}

extension MessageAlone {
    /// The batch that parks the message.
    func parked(epoch: Int64) -> BetBatch {
        var batch = BetBatch(epoch: epoch)
        batch.rejected = [
            RejectedMessage(
                sequence: sequence,
                reason: .poison,
                detail: "ended \(PoisonAttempts.endedStartsMax) processes that handled it alone",
                message: message
            )
        ]
        return batch
    }
}

extension Delivery {
    /// When the stream stored the message.
    var publishedAt: Timestamp { Timestamp(microseconds: timestampNanoseconds / 1_000) }
}

extension RawMessage {
    /// What it occupies, roughly: a header alone may be as large as a message can be.
    var heldBytes: Int {
        headers.reduce(body.count + Self.fixedBytes) { bytes, header in
            bytes + header.name.utf8.count + header.value.utf8.count + Self.headerBytes
        }
    }

    private static let fixedBytes = 256
    private static let headerBytes = 64

    /// The value of the first header of that name, spelled the same if there is one, else differing
    /// in case only, as `ReceivedMessage.header` finds it.
    fileprivate func header(_ name: String) -> String? {
        let same = headers.first { $0.name == name }
        return (same ?? headers.first { $0.name.lowercased() == name.lowercased() })?.value
    }

    /// Copies a delivery.
    init(_ message: borrowing ReceivedMessage, _ delivery: Delivery) {
        self.init(
            subject: message.subject,
            headers: message.headers,
            body: message.withBody { body in
                unsafe body.withUnsafeBytes { bytes in unsafe [UInt8](bytes) }
            },
            publishedAt: delivery.publishedAt
        )
    }
}
