/// A message that is no bet: the reason to count and record, and a line for a human.
package struct BetRejection: Error, Hashable, Sendable {
    package let reason: RejectionReason
    /// What is wrong and where. Never holds anything from the message, so it is safe to log.
    package let detail: String

    package init(_ reason: RejectionReason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }
}

extension BetRejection: CustomStringConvertible {
    package var description: String { "\(reason): \(detail)" }
}
