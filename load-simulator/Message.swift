/// One message as it goes out.
package struct Message: Hashable, Sendable {
    /// Its number in the run, from 0: with the seed it decides everything else.
    package let index: UInt64
    /// The bet's id in text; of a malformed message its message id.
    package let id: String
    /// What the stream recognises a repetition by.
    package let messageID: String
    /// Nil is JSON.
    package let contentType: String?
    package let body: [UInt8]
}
