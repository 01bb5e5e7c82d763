/// An answer to a delivery.
package enum Acknowledgement: Sendable, Equatable {
    /// Done: never deliver it again.
    case acknowledge
    /// Still at work: the wait for the acknowledgement starts again.
    case inProgress
    /// Deliver it again, after the delay; nil means at once, which is a hot loop in an outage.
    case notAcknowledged(delayNanoseconds: Int64?)
    /// Never deliver it again, although it was not done.
    case terminate

    /// The payload the server expects.
    var payload: String {
        switch self {
        case .acknowledge: "+ACK"
        case .inProgress: "+WPI"
        case .notAcknowledged(nil): "-NAK"
        case .notAcknowledged(let delay?): "-NAK {\"delay\": \(max(delay, 0))}"
        case .terminate: "+TERM"
        }
    }
}
