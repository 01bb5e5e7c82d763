/// How a message handed to a `Publisher` ended. Every publish that returned has exactly one.
package enum PublishOutcome: Sendable, Equatable {
    /// Why nobody knows whether the message is stored. It is sent again with the same id.
    package enum Uncertainty: String, Sendable {
        /// No answer within the time limit.
        case timeout
        /// The connection broke while the message was written.
        case connectionLost
        /// The publisher was closed first.
        case closed
        /// An answer came that is none of JetStream's.
        case malformedAnswer
    }

    /// The stream holds the message. `isDuplicate` says that it already held one of this id, at
    /// `sequence`; it says nothing about its content.
    case acknowledged(
        token: UInt64,
        stream: String,
        sequence: UInt64,
        isDuplicate: Bool,
        latencyNanoseconds: UInt64
    )
    /// The message is not stored. Code 503 with error code 0 means that no stream took the subject.
    case refused(token: UInt64, code: Int, errorCode: Int, description: String)
    /// The message may be stored.
    case unknown(token: UInt64, why: Uncertainty)

    /// What the caller named the publish.
    package var token: UInt64 {
        switch self {
        case .acknowledged(let token, _, _, _, _), .refused(let token, _, _, _),
            .unknown(let token, _):
            token
        }
    }
}
