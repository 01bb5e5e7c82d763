import BetStore
import JetStream

/// A message as it came, with its place in the stream.
struct MessageAlone: Sendable {
    let sequence: Int64
    let message: RawMessage
    /// This start has looked into it, and lived.
    var isDecoded = false
    /// Not to be taken before.
    var notBefore = ContinuousClock.now
    /// Of the starts that tried it before.
    var silence = Silence()
}

/// A batch on its way to its outcome, with what is needed to answer its messages afterwards.
struct HeldBatch: Sendable {
    /// Counts batches of this process, so that one can be found again.
    let number: Int
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
    /// When its first message came.
    let openedAt: ContinuousClock.Instant
    /// When the replies last told the server that the work goes on.
    var answeredAt: ContinuousClock.Instant
    /// Whether the stream had more to deliver than a batch holds when the last message was sent.
    var hasBacklog = false

    init(number: Int, epoch: Int64, now: ContinuousClock.Instant) {
        self.number = number
        batch = BetBatch(epoch: epoch)
        replies = ReplyList(reserving: 64)
        openedAt = now
        answeredAt = now
    }
}
