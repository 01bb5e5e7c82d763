import JetStream
import Topology

/// The stream of copies of rejected messages.
struct DeadLetterBox {
    private static let timeoutMilliseconds = 5_000

    let connection: NATSConnection
    let manager: JetStreamManager

    /// The newest letters first, at most `limit`.
    func newest(_ limit: Int, reason: String?) throws -> [DeadLetter] {
        guard let info = try manager.streamInfo(Topology.deadLettersStream) else {
            throw CommandFailure("\(Topology.deadLettersStream) is not there")
        }
        var letters: [DeadLetter] = []
        var sequence = info.lastSequence
        while letters.count < limit, sequence > 0, sequence >= info.firstSequence {
            if let letter = try letter(sequence), reason == nil || letter.reason == reason {
                letters.append(letter)
            }
            sequence -= 1
        }
        return letters
    }

    /// - Throws: when one of them is not there.
    func at(_ sequences: [UInt64]) throws -> [DeadLetter] {
        try sequences.map { sequence in
            guard let letter = try letter(sequence) else {
                throw CommandFailure("there is no dead letter \(sequence)")
            }
            return letter
        }
    }

    private func letter(_ sequence: UInt64) throws -> DeadLetter? {
        try manager.message(stream: Topology.deadLettersStream, sequence: sequence)
            .map(DeadLetter.init)
    }

    /// Publishes the message again. Its own message id would be swallowed as a duplicate, so it gets
    /// a new one; a replay that is repeated gets another.
    ///
    /// - Returns: its sequence in `bets_stream`.
    func replay(_ letter: DeadLetter) throws -> UInt64 {
        let random = String(UInt64.random(in: .min ... .max), radix: 16)
        let answer = try connection.publishAcknowledged(
            Topology.betsSubject,
            body: letter.message.body,
            messageID: "replay-\(letter.message.sequence)-\(random)",
            headers: letter.originalHeaders,
            timeoutMilliseconds: Self.timeoutMilliseconds
        )
        return answer.sequence
    }

    /// Deletes all letters.
    ///
    /// - Returns: how many there were.
    func purge() throws -> UInt64 {
        guard let info = try manager.streamInfo(Topology.deadLettersStream) else { return 0 }
        let answer = try connection.request(
            "$JS.API.STREAM.PURGE." + Topology.deadLettersStream,
            body: [],
            timeoutMilliseconds: Self.timeoutMilliseconds
        )
        guard String(decoding: answer, as: UTF8.self).contains("\"success\":true") else {
            throw CommandFailure("the server did not delete the dead letters")
        }
        return info.messages
    }
}
