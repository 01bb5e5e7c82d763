import Betting

/// The advisory locks of rounds.
///
/// Whoever places or matches bets of a round passes its gate in company; whoever closes it or says
/// its result passes alone. A row lock would do the same but for one thing: those who share a row
/// lock let each other in past somebody who waits, so that a busy round could not be closed. This
/// queue is fair. Two rounds with the same number share a gate, which costs a wait and no more.
enum RoundGate {
    /// The letters "gate".
    private static let gateClass: Int32 = 0x6761_7465
    /// The letters "mtch": held by the one that matches bets of the round.
    private static let matchingClass: Int32 = 0x6D74_6368

    /// The number of a round's locks. FNV-1a.
    static func number(_ round: Identifier) -> Int32 {
        var hash: UInt32 = 0x811c_9dc5
        round.withUTF8 { bytes in
            for index in 0..<bytes.count {
                hash = (hash ^ UInt32(bytes[index])) &* 0x0100_0193
            }
        }
        return Int32(bitPattern: hash)
    }

    /// Begins a transaction that passes the gates in company.
    static func beginShared(_ rounds: some Sequence<Identifier>) -> String {
        let locks = Set(rounds.map(number)).sorted().map { number in
            "pg_advisory_xact_lock_shared(\(gateClass), \(number))"
        }
        return locks.isEmpty ? "BEGIN" : "BEGIN; SELECT \(locks.joined(separator: ", "))"
    }

    /// Begins a transaction that passes the gate alone.
    static func beginAlone(_ round: Identifier) -> String {
        "BEGIN; SELECT pg_advisory_xact_lock(\(gateClass), \(number(round)))"
    }

    /// Begins a transaction that matches bets of the round, when nobody else does.
    static func beginMatching(_ round: Identifier) -> String {
        let number = number(round)
        return "BEGIN; SELECT pg_advisory_xact_lock_shared(\(gateClass), \(number)); "
            + "SELECT pg_advisory_xact_lock(\(matchingClass), \(number))"
    }
}
