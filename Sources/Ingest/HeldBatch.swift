import BetStore
import Betting
import JetStream

/// A message as it came, with its place in the stream.
struct MessageAlone: Sendable {
    let sequence: Int64
    let message: RawMessage
    /// This start has looked into it, and lived.
    var isDecoded = false
    /// Something ended a process that tried it, or may have: never in company.
    var isSuspect = false
    /// Not to be taken before.
    var notBefore = ContinuousClock.now
    /// Of the starts that tried it before.
    var silence = Silence()
}

/// A batch on its way to its outcome, with what is needed to answer its messages afterwards.
struct HeldBatch: Sendable {
    /// Counts batches of this process, so that one can be found again.
    private(set) var number: Int
    var batch: BetBatch
    /// One reply per delivery: as many as messages came, repeats included.
    var replies: ReplyList
    /// When each message was stored in the stream, nanoseconds since 1970.
    var publishedNanoseconds: [Int64] = []
    /// Size of the rows and the rejected messages, roughly.
    var byteCount = 0
    /// Size of the messages held whole, as the intake counted them in.
    var rawBytes = 0
    /// A message that is handled alone, and not looked into before; the batch is empty until then.
    var alone: MessageAlone?
    /// Messages that are handled apart from all others, but together; in the order of `replies`.
    var company: [MessageAlone] = []
    /// Those of the company that this start has entered in `PoisonAttempts`; nil before that.
    var entered: Set<Int64>?
    /// When its first message came.
    private(set) var openedAt: ContinuousClock.Instant
    /// When the replies last told the server that the work goes on.
    var answeredAt: ContinuousClock.Instant
    /// Whether the stream had more to deliver than a batch holds when the last message was sent.
    private(set) var hasBacklog = false

    init(number: Int, epoch: Int64, now: ContinuousClock.Instant) {
        self.number = number
        batch = BetBatch(epoch: epoch)
        batch.isFresh = true
        replies = ReplyList(reserving: 64)
        openedAt = now
        answeredAt = now
    }

    /// The same without what is held whole.
    var withoutMessages: HeldBatch {
        var copy = self
        copy.batch.rejected = []
        copy.alone = nil
        copy.company = []
        return copy
    }

    /// Becomes another batch, empty, in the memory of this one.
    mutating func restart(number: Int, now: ContinuousClock.Instant) {
        self.number = number
        batch.removeAll()
        batch.isFresh = true
        replies.removeAll()
        publishedNanoseconds.removeAll(keepingCapacity: true)
        byteCount = 0
        rawBytes = 0
        alone = nil
        company = []
        entered = nil
        openedAt = now
        answeredAt = now
        hasBacklog = false
    }
}

/// What is delivered. Each call says whether the batch is full with it: asking for that apart would
/// copy the references of the whole value, once a message.
extension HeldBatch {
    mutating func append(
        _ bet: Bet,
        of message: borrowing ReceivedMessage,
        _ delivery: Delivery,
        within limits: BatchLimits
    ) -> Bool {
        batch.append(bet, sequence: delivery.sequence, publishedAt: delivery.publishedAt)
        if delivery.deliveredCount > 1 { batch.isFresh = false }
        return count(message, delivery, within: limits)
    }

    mutating func append(
        _ rejected: RejectedMessage,
        of message: borrowing ReceivedMessage,
        _ delivery: Delivery,
        within limits: BatchLimits
    ) -> Bool {
        batch.rejected.append(rejected)
        byteCount += rejected.message.heldBytes
        rawBytes += rejected.message.heldBytes
        return count(message, delivery, within: limits)
    }

    private mutating func count(
        _ message: borrowing ReceivedMessage,
        _ delivery: Delivery,
        within limits: BatchLimits
    ) -> Bool {
        replies.append(message)
        publishedNanoseconds.append(delivery.timestampNanoseconds)
        byteCount += MemoryLayout<ReceivedBet>.stride
        hasBacklog = delivery.pending > UInt64(limits.rowsMax)
        return replies.count >= limits.rowsMax || byteCount >= limits.bytesMax
    }
}

extension Delivery {
    /// The place in the stream, as the database counts.
    var sequence: Int64 { Int64(clamping: streamSequence) }
}
