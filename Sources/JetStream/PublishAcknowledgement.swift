/// JetStream's receipt for a stored message.
package struct PublishAcknowledgement: Sendable, Equatable {
    package var stream: String
    /// Where the message is; for a duplicate, where the first one of that id is.
    package var sequence: UInt64
    /// The stream already held a message of this id.
    package var isDuplicate: Bool

    package init(stream: String, sequence: UInt64, isDuplicate: Bool) {
        self.stream = stream
        self.sequence = sequence
        self.isDuplicate = isDuplicate
    }
}
