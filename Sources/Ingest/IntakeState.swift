import BetCodec
import JetStream

extension Intake {
    /// What an intake holds; guarded by its lock.
    struct State {
        let decoder: BetDecoder
        var open: HeldBatch?
        var ready: [HeldBatch] = []
        /// Taken by the storing thread and not answered yet.
        var taken: [Int: HeldBatch] = [:]
        var solo: SoloLane
        var heldCount = 0
        /// Of messages held whole.
        var rejectedBytes = 0
        var isTaking = false
        var isFinishing = false
        var counters = Counters()

        private var batchesMade = 0
        /// Spent batches, for their memory: a large one would be mapped anew page by page.
        private var spent: [HeldBatch] = []

        init(decoder: BetDecoder, suspects: Set<Int64>) {
            self.decoder = decoder
            solo = SoloLane(suspects: suspects)
        }

        mutating func makeBatch(epoch: Int64) -> HeldBatch {
            batchesMade += 1
            guard var held = spent.popLast() else {
                return HeldBatch(number: batchesMade, epoch: epoch, now: .now)
            }
            held.restart(number: batchesMade, now: .now)
            return held
        }

        /// Keeps the memory of a large batch; after a small one there is no need for any.
        mutating func keepMemory(of held: HeldBatch) {
            if held.replies.count < Self.largeRows {
                spent = []
            } else if spent.count < Self.spentMax {
                spent.append(held.withoutMessages)
            }
        }

        private static let largeRows = 500
        /// The batch that follows has its memory; the others are at work.
        private static let spentMax = 1

        mutating func postpone() -> Reception {
            counters.postponed += 1
            return .postponed
        }

        mutating func forget(_ held: HeldBatch) {
            heldCount -= held.replies.count
            rejectedBytes -= held.rawBytes
        }
    }
}
