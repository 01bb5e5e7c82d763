import BetStore
import JetStream

/// Companies of messages that are handled apart.
extension HeldBatch {
    /// Takes in a message that waited to be handled alone.
    mutating func join(_ other: HeldBatch) {
        guard let alone = other.alone else { return }
        company.append(alone)
        replies.append(0, of: other.replies)
        publishedNanoseconds += other.publishedNanoseconds
        byteCount += other.byteCount
        rawBytes += other.rawBytes
    }

    /// Leaves to `others` the members that `condition` names, each a batch of its own again.
    mutating func split(
        where condition: (MessageAlone) -> Bool,
        into others: (MessageAlone) -> HeldBatch
    ) -> [HeldBatch] {
        var left = self
        left.company = []
        left.replies.removeAll()
        left.publishedNanoseconds = []
        left.rawBytes = 0
        left.byteCount = 0
        var gone: [HeldBatch] = []
        for (index, member) in company.enumerated() {
            var single = others(member)
            single.alone = member
            single.replies.append(index, of: replies)
            single.publishedNanoseconds = [publishedNanoseconds[index]]
            single.rawBytes = member.message.heldBytes
            single.byteCount = single.rawBytes
            if condition(member) {
                single.alone?.isSuspect = true
                gone.append(single)
            } else {
                left.join(single)
            }
        }
        self = left
        return gone
    }
}
