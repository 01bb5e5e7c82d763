package import PostgresClient

/// Whether messages have their outcome, told without looking into them.
package enum OwnOutcomes {
    /// For each message whether its sequence has an outcome, and that is plainly the message's own. A
    /// bet that spells its id in escapes, and has no header that names it, is not plain.
    ///
    /// - Parameter messages: few, or close to each other.
    package static func known(
        of messages: [(sequence: Int64, message: RawMessage)],
        epoch: Int64,
        on connection: PostgresConnection
    ) throws(PostgresError) -> [Bool] {
        guard !messages.isEmpty else { return [] }
        let ranges = sequenceRanges(messages.map(\.sequence))
        let query = KnownOutcomes.query(epoch: epoch, ranges: ranges)
        guard let rows = try connection.run(query).first else {
            return messages.map { _ in false }
        }
        let known = try KnownOutcomes(rows)
        return messages.map { known[$0.sequence]?.isOf($0.message) ?? false }
    }
}
