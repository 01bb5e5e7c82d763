import Foundation
import TestSupport
import Testing

/// How `make chaos` holds the tables of the money against what players and operators were told.
@Suite struct ChaosAccountsTests {
    /// Two users with 100 each. In round-1 user 1 has 30 on A, user 2 has 50 on B, and 5 more on B that
    /// are taken back; A wins. round-2, 10 against 10, is void. One bet was refused, one came with a
    /// wrong token.
    private static let clean = """
        {"journal": [
            {"t": "deposit", "key": "d1", "user": 1, "amount": "100"},
            {"t": "deposited", "key": "d1", "replayed": false},
            {"t": "deposit", "key": "d2", "user": 2, "amount": "100"},
            {"t": "unknown", "key": "d2", "why": "TimeoutError"},
            {"t": "deposited", "key": "d2", "replayed": true},
            {"t": "round", "id": "round-1"}, {"t": "round", "id": "round-2"},
            \(order("k1", 1, "round-1", "A", "30")),
            {"t": "placed", "key": "k1", "bet": "b1", "replayed": false},
            \(order("k2", 2, "round-1", "B", "50")),
            {"t": "placed", "key": "k2", "bet": "b2", "replayed": false},
            {"t": "placed", "key": "k2", "bet": "b2", "replayed": true},
            \(order("k3", 1, "round-2", "A", "10")),
            {"t": "unknown", "key": "k3", "why": "dropped"},
            {"t": "placed", "key": "k3", "bet": "b3", "replayed": true},
            \(order("k4", 2, "round-2", "B", "10")),
            {"t": "placed", "key": "k4", "bet": "b4", "replayed": false},
            \(order("k5", 1, "round-2", "B", "9999")),
            {"t": "refused", "key": "k5", "code": "insufficient_funds"},
            \(order("k6", 2, "round-1", "B", "5.00")),
            {"t": "placed", "key": "k6", "bet": "b6", "replayed": false},
            {"t": "cancel", "bet": "b6"},
            {"t": "cancelled", "bet": "b6", "user": 2, "amount": "5"},
            \(order("k7", 1, "round-1", "A", "1", isIntruder: true)),
            {"t": "resolved", "id": "round-1", "winner": "A"},
            {"t": "resolved", "id": "round-2", "winner": "void"}],
        "tables": {
            "bets": [["b1", "1", "round-1", "A", "30", "SETTLED", "1"],
                ["b2", "2", "round-1", "B", "50", "SETTLED", "2"],
                ["b3", "1", "round-2", "A", "10", "REFUNDED", "3"],
                ["b4", "2", "round-2", "B", "10", "REFUNDED", "4"],
                ["b6", "2", "round-1", "B", "5", "REFUNDED", "4"]],
            "keys": [["1", "k1", "b1"], ["2", "k2", "b2"], ["1", "k3", "b3"], ["2", "k4", "b4"],
                ["2", "k6", "b6"]],
            "matches": [["m1", "round-1", "b1", "b2", "30", "SETTLED"],
                ["m2", "round-2", "b3", "b4", "10", "VOID"]],
            "rounds": [["round-1", "RESOLVED", "A", "5"], ["round-2", "RESOLVED", "void", "5"]],
            "wallets": [["1", "130", "0"], ["2", "70", "0"]],
            "deposits": [["d1", "1", "100", "0"], ["d2", "2", "100", "0"]],
            "refunds": [["b2", "2", "20", "6"], ["b6", "2", "5", "4.5"]],
            "stored": [["b1", "1", "round-1", "A", "30"], ["b2", "2", "round-1", "B", "50"],
                ["b3", "1", "round-2", "A", "10"], ["b4", "2", "round-2", "B", "10"],
                ["b6", "2", "round-1", "B", "5"]]}}
        """

    private static func order(
        _ key: String,
        _ user: Int,
        _ round: String,
        _ side: String,
        _ amount: String,
        isIntruder: Bool = false
    ) -> String {
        """
        {"t": "place", "key": "\(key)", "user": \(user), "round": "\(round)", "side": "\(side)",
            "amount": "\(amount)", "is_intruder": \(isIntruder)}
        """
    }

    @Test func `tables that are what was answered are fine`() throws {
        try compare(Self.clean)
    }

    @Test(arguments: [
        // Balances.
        (#"["1", "130", "0"]"#, #"["1", "131", "0"]"#, "wallets that are not what was promised"),
        (#"["1", "130", "0"]"#, #"["1", "130", "1"]"#, "wallets that are not what was promised"),
        (#", ["2", "70", "0"]"#, #""#, "wallets that are not what was promised"),
        // Placements.
        (
            #""key": "k2", "bet": "b2", "replayed": true"#,
            #""key": "k2", "bet": "b9", "replayed": true"#, "keys with several bets"
        ),
        (
            #"["b1", "1", "round-1", "A", "30", "S"#, #"["b1", "1", "round-1", "A", "31", "S"#,
            "otherwise"
        ),
        (
            #"["b1", "1", "round-1", "A", "30", "S"#, #"["b1", "2", "round-1", "A", "30", "S"#,
            "accepted bets that are not there"
        ),
        (
            #"["2", "k6", "b6"]]"#, #"["2", "k6", "b6"], ["1", "k5", "b3"]]"#,
            "refused bets that are there"
        ),
        (
            #"["2", "k6", "b6"]]"#, #"["2", "k6", "b6"], ["1", "k7", "b3"]]"#,
            "refused bets that are there"
        ),
        (
            #"{"t": "refused", "key": "k5", "code": "insufficient_funds"},"#, "",
            "nobody knows the fate of"
        ),
        (#"["2", "k6", "b6"]]"#, #"["2", "k9", "b6"]]"#, "bets that nobody asked for"),
        // Deposits and cancels.
        (#"["d1", "1", "100", "0"]"#, #"["d1", "1", "200", "0"]"#, "deposits that are not there"),
        (#"["d2", "2", "100", "0"]"#, #"["d9", "2", "100", "0"]"#, "deposits that nobody made"),
        (
            #""user": 2, "amount": "5"}"#, #""user": 2, "amount": "6"}"#,
            "cancels that were answered"
        ),
        // Ends.
        (
            #"["round-1", "RESOLVED", "A", "5"]"#, #"["round-1", "RESOLVED", "B", "5"]"#,
            "without their result"
        ),
        (
            #"["round-1", "RESOLVED", "A", "5"]"#, #"["round-1", "CLOSED", "", "5"]"#,
            "without their result"
        ),
        (#""30", "SETTLED", "1"]"#, #""30", "MATCHED", "1"]"#, "bets that are stuck"),
        (#""30", "SETTLED"]"#, #""30", "VOID"]"#, "matches that did not end as their round"),
        (#"["b2", "2", "20", "6"]"#, #"["b2", "2", "21", "6"]"#, "paid back by more than was open"),
        (#"["b2", "2", "20", "6"]"#, #"["b2", "1", "20", "6"]"#, "paid back by more than was open"),
        // Twice, once to each side: nobody else got anything.
        (
            #"["m1", "round-1", "b1", "b2", "30", "SETTLED"]"#,
            #"["m1", "round-1", "b1", "b2", "20", "SETTLED"]"#,
            "wallets that are not what was promised"
        ),
        // The stream's side.
        (
            #"["b6", "2", "round-1", "B", "5"]]"#, #"["b5", "2", "round-1", "B", "5"]]"#,
            "`bets` has not, or otherwise"
        ),
        (#"["b4", "2", "round-2", "B", "10"]"#, #"["b4", "2", "round-2", "A", "10"]"#, "otherwise"),
        (
            #"["b6", "2", "round-1", "B", "5"]]"#,
            #"["b6", "2", "round-1", "B", "5"], ["b8", "2", "round-1", "B", "5"]]"#, "nobody placed"
        ),
    ])
    func `what is otherwise is found`(text: String, other: String, reason: String) throws {
        try #require(Self.clean.contains(text))
        let error = #expect(throws: FixtureError.self) {
            try compare(Self.clean.replacing(text, with: other, maxReplacements: 1))
        }
        #expect("\(error as Any)".contains(reason), "\(error as Any)")
    }

    /// In round-1 nothing was matched, though both waited until it closed.
    @Test func `bets that nobody matched though they could be are found`() throws {
        let alone = Self.clean
            .replacing(#"["m1", "round-1", "b1", "b2", "30", "SETTLED"],"#, with: "")
            .replacing(#""30", "SETTLED", "1"]"#, with: #""30", "REFUNDED", "1"]"#)
            .replacing(#""50", "SETTLED", "2"]"#, with: #""50", "REFUNDED", "2"]"#)
            .replacing(
                #"["1", "130", "0"], ["2", "70", "0"]"#,
                with: #"["1", "100", "0"], ["2", "100", "0"]"#
            )
        let early = alone.replacing(
            #"["b2", "2", "20", "6"]"#,
            with: #"["b1", "1", "30", "6"], ["b2", "2", "50", "6"]"#
        )
        let error = #expect(throws: FixtureError.self) { try compare(early) }
        #expect("\(error as Any)".contains("left alone on both sides"), "\(error as Any)")
        // Those that waited for too long had been paid back by then.
        try compare(
            alone.replacing(
                #"["b2", "2", "20", "6"]"#,
                with: #"["b1", "1", "30", "9.5"], ["b2", "2", "50", "6"]"#
            )
        )
    }

    private func compare(_ text: String) throws {
        let directory = try TemporaryDirectory("accounts")
        let file = directory.url.appendingPathComponent("money.json")
        try Data(text.utf8).write(to: file)
        _ = try run([ChaosPlanTests.program, "--accounts", file.path])
    }
}
