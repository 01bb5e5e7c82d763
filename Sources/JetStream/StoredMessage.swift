/// A message read out of a stream by its sequence.
package struct StoredMessage: Sendable {
    package var subject: String
    package var sequence: UInt64
    /// When it was stored, nanoseconds since 1970.
    package var timestampNanoseconds: Int64
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
}
