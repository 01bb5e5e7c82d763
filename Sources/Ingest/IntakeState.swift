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

        init(decoder: BetDecoder, suspects: Set<Int64>) {
            self.decoder = decoder
            solo = SoloLane(suspects: suspects)
        }

        mutating func makeBatch(epoch: Int64) -> HeldBatch {
            batchesMade += 1
            return HeldBatch(number: batchesMade, epoch: epoch, now: .now)
        }

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
