import BetCodec
import Betting
import Foundation
import TestSupport
import Testing

@testable import load_simulator

/// `make chaos` makes the messages of a journal again, to compare them with the tables.
@Suite struct OracleTests {
    private static let program = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("chaos/run").path
    private static let started: Int64 = 1_763_704_800_000_000
    private static let messages: UInt64 = 5_000

    @Test(arguments: ["900", "6000"])
    func `it knows what the simulator sends`(rate: String) throws {
        let arguments = [
            "--rate", rate, "0", "--games", "50", "--users", "1000", "--selections", "3",
            "--duplicates", "0.3", "--malformed", "0.1", "--seed", "7003",
        ]
        guard case .run(let options) = try Command(arguments) else { return #expect(Bool(false)) }
        let script = Script(
            options.content,
            seed: 7_003,
            pace: options.pace,
            started: Timestamp(microseconds: Self.started)
        )
        let directory = try TemporaryDirectory("oracle")
        let path = directory.url.appendingPathComponent("journal").path
        let journal = try Journal(
            creating: path,
            options: options,
            seed: 7_003,
            started: Self.started
        )
        try journal.willSend((0..<Self.messages).map(script.message))

        let lines = try run([Self.program, "--script", path]).split(separator: "\n").map(
            String.init
        )
        let expected = try (0..<Self.messages).compactMap { try line($0, of: script) }
        #expect(lines.count == expected.count)
        #expect(Set(lines) == Set(expected))
    }

    /// As the oracle tells it; nil for a repetition.
    private func line(_ index: UInt64, of script: Script) throws -> String? {
        let message = script.message(index)
        switch script.role(of: index) {
        case .repetition: return nil
        case .bet:
            let bet = script.bet(index)
            let user = try #require(bet.userID)
            return "\(bet.id) \(bet.betType) \(bet.gameID) \(bet.selection) \(bet.amount) \(user) "
                + "\(bet.placedAt.microseconds)"
        case .malformed:
            guard let type = ContentType(headerValue: message.contentType) else {
                return "\(message.id) content_type"
            }
            let rejection = try #require(
                #expect(throws: BetRejection.self) {
                    try unsafe BetDecoder().decode(message.body.span.bytes, as: type)
                }
            )
            return "\(message.id) \(rejection.reason.rawValue)"
        }
    }
}
