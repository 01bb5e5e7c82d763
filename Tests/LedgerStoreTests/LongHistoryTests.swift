import Betting
import Ledger
import LedgerStore
import TestSupport
import Testing

/// Lists of a state, in a history that is longer than what a page looks at.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct LongHistoryTests {
    private static let length: Int64 = 1_000
    /// A page looks at so many.
    private static let lookMax = 100
    private static let limit = 3

    /// Which of 1 … `length`, the oldest first, are wanted; others lie between them.
    struct History: Sendable, CustomTestStringConvertible {
        let name: String
        let wanted: [Int64]

        var testDescription: String { name }
        var list: String { "'{" + wanted.map { "\($0)" }.joined(separator: ",") + "}'::bigint[]" }
    }

    static let histories = [
        History(name: "none", wanted: []),
        History(name: "the oldest", wanted: [1]),
        History(name: "the newest", wanted: [1_000]),
        History(name: "the first and the last of each look", wanted: [1, 100, 801, 900, 901]),
        History(name: "a full page before the look ends", wanted: [902, 903, 904]),
        History(name: "a full page where the look ends", wanted: [901, 902, 903]),
        History(name: "many at once", wanted: Array(400...450)),
        History(name: "one here and there", wanted: Array(stride(from: 7, through: 1_000, by: 37))),
        History(name: "all", wanted: Array(1...1_000)),
    ]

    /// Follows a list from page to page.
    ///
    /// - Parameter page: what is behind a row; nil asks for the first page.
    /// - Returns: all that was listed, and how many pages it took.
    private func follow<Row: Sendable>(
        _ page: (Row?) throws -> Listing<Row>
    ) throws -> (rows: [Row], pages: Int) {
        var (rows, pages): ([Row], Int) = ([], 0)
        var last: Row?
        repeat {
            let listing = try page(last)
            #expect(listing.rows.count <= Self.limit)
            rows += listing.rows
            pages += 1
            last = listing.endedAt ?? (listing.rows.count == Self.limit ? listing.rows.last : nil)
        } while last != nil && pages < 2 * Int(Self.length)
        return (rows, pages)
    }

    /// A page for each look, and for each page that is full.
    private func pagesMax(_ history: History) -> Int {
        Int(Self.length) / Self.lookMax + history.wanted.count / Self.limit + 1
    }

    @Test
    func `bets of a state are found, each once, and the list ends`() async throws {
        let world = try await MoneyWorld()
        for (index, history) in Self.histories.enumerated() {
            try world.run(
                """
                INSERT INTO placed_bets
                    (number, user_id, id, stake, remaining, refunded, side, round_id)
                SELECT n, \(index + 1), gen_random_uuid(), 1, open, 1 - open, 'A', 'round-1'
                FROM generate_series(1, \(Self.length)) AS n,
                    LATERAL (SELECT (n = ANY (\(history.list)))::int AS open) AS o
                """
            )
        }
        try world.with { (store) throws in
            for (index, history) in Self.histories.enumerated() {
                let user = try #require(UserID(Int64(index + 1)))
                let (found, pages) = try follow { (last: PlacedBet?) in
                    try store.bets(
                        of: user,
                        state: .open,
                        before: last?.number,
                        limit: Self.limit,
                        lookMax: Self.lookMax
                    )
                }
                #expect(found.map(\.number) == history.wanted.reversed(), "\(history.name)")
                #expect(found.allSatisfy { $0.user == user && $0.state == .open })
                #expect(pages <= pagesMax(history), "\(history.name)")
            }
        }
    }

    @Test(arguments: histories)
    func `rounds of a state, too, also those of one moment`(history: History) async throws {
        let world = try await MoneyWorld()
        try world.run(
            """
            INSERT INTO rounds (id, state, created_at, closed_at)
            SELECT to_char(n, 'FM0000'),
                CASE WHEN n = ANY (\(history.list)) THEN 'CLOSED' ELSE 'OPEN' END,
                timestamptz '2026-01-01 00:00Z' + n / 50 * interval '1 s', now()
            FROM generate_series(1, \(Self.length)) AS n
            """
        )
        try world.with { (store) throws in
            let (found, pages) = try follow { (last: Round?) in
                try store.rounds(
                    state: .closed,
                    before: last.map { (createdAt: $0.createdAt, id: $0.id) },
                    limit: Self.limit,
                    lookMax: Self.lookMax
                )
            }
            #expect(found.compactMap { Int64("\($0.id)") } == history.wanted.reversed())
            #expect(found.allSatisfy { $0.state == .closed })
            // One more: the round that every database of these tests has.
            #expect(pages <= pagesMax(history) + 1)
        }
    }

    @Test
    func `a list of any state goes on, however few a page looks at`() async throws {
        let world = try await MoneyWorld(wallets: [1: 500])
        let bets = try (0..<7).map { _ in try world.place(1, .a, 1) }
        let user = try #require(UserID(1))
        try world.with { (store) throws in
            for lookMax in [1, 2, 3, 7, 8] {
                let (found, _) = try follow { (last: PlacedBet?) in
                    try store.bets(
                        of: user,
                        before: last?.number,
                        limit: Self.limit,
                        lookMax: lookMax
                    )
                }
                #expect(found.map(\.id) == bets.reversed(), "\(lookMax)")
            }
        }
    }
}
