import BetStore
import Betting
import Foundation
import PostgresClient
import TestSupport
import Testing

/// An empty, migrated database, and what must be true in it whatever was written.
struct BatchWorld {
    private static let server = Task { try await PostgresServer.start() }

    static let epoch: Int64 = 1_700_000_000_000_000_000

    let configuration: PostgresConfiguration

    init() async throws {
        try self.init(on: await Self.server.value)
    }

    init(on server: PostgresServer) throws {
        var configuration = PostgresConfiguration(url: try server.makeDatabase())
        // A busy test machine takes its time.
        configuration.statementTimeoutMilliseconds = 30_000
        // As a backend has it.
        configuration.settings = [("enable_seqscan", "off")]
        self.configuration = configuration
        let connection = try connection()
        defer { connection.close() }
        _ = try Migrator.migrate(connection)
    }

    func connection() throws -> PostgresConnection { try PostgresConnection(configuration) }

    func run(_ sql: String) throws {
        let connection = try connection()
        defer { connection.close() }
        _ = try connection.run(sql)
    }

    /// Forgets everything that was written. Not by TRUNCATE: that makes some twenty new files, and
    /// has each of them on the disk before it returns.
    func clear() throws {
        let tables = [
            "bets", "duplicate_bets", "rejected_bets", "ingest_totals", "ingest_rejections",
            "game_totals", "outcome_blocks",
        ]
        try run(tables.map { "DELETE FROM \($0)" }.joined(separator: "; "))
    }

    func number(_ sql: String) throws -> Int {
        let connection = try connection()
        defer { connection.close() }
        return Int(try connection.query(Statement(sql)).int64(0, 0))
    }

    /// One text of each row.
    func texts(_ sql: String) throws -> [String] {
        let connection = try connection()
        defer { connection.close() }
        let rows = try connection.query(Statement(sql))
        return try (0..<rows.rowCount).map { try rows.string($0, 0) }
    }

    /// What outcome each sequence has; one with two has both, in a row.
    func outcomes() throws -> [Int64: String] {
        let connection = try connection()
        defer { connection.close() }
        let rows = try connection.query(
            """
            SELECT stream_seq, string_agg(kind, '+') FROM (
                SELECT stream_seq, 'stored' AS kind FROM bets
                UNION ALL SELECT stream_seq, 'duplicate' FROM duplicate_bets
                UNION ALL SELECT stream_seq, reason FROM rejected_bets) AS o
            GROUP BY 1
            """
        )
        var outcomes: [Int64: String] = [:]
        for row in 0..<rows.rowCount {
            outcomes[try rows.int64(row, 0)] = try rows.string(row, 1)
        }
        return outcomes
    }

    /// Checks that totals say what the tables say, pod by pod and market by market, and that no
    /// block says more.
    func expectExactTotals(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let differences = try texts(
            """
            WITH said AS (
                SELECT pod_id, sum(stored) AS stored, sum(value) AS value,
                    sum(duplicates) AS duplicates, sum(rejected) AS rejected
                FROM ingest_totals GROUP BY 1),
            pods AS (SELECT pod_id FROM said UNION SELECT pod_id FROM bets
                UNION SELECT pod_id FROM duplicate_bets UNION SELECT pod_id FROM rejected_bets),
            found AS (
                SELECT pod_id,
                    (SELECT count(*) FROM bets b WHERE b.pod_id = p.pod_id) AS stored,
                    (SELECT coalesce(sum(amount), 0) FROM bets b WHERE b.pod_id = p.pod_id) AS value,
                    (SELECT count(*) FROM duplicate_bets b WHERE b.pod_id = p.pod_id) AS duplicates,
                    (SELECT count(*) FROM rejected_bets b WHERE b.pod_id = p.pod_id) AS rejected
                FROM pods p)
            SELECT 'totals of ' || found.pod_id FROM found LEFT JOIN said USING (pod_id)
            WHERE (said.stored, said.value, said.duplicates, said.rejected)
                IS DISTINCT FROM (found.stored, found.value, found.duplicates, found.rejected)
            UNION ALL
            SELECT 'rejections of ' || pod_id || ' for ' || reason
            FROM (SELECT pod_id, reason, sum(count) AS said FROM ingest_rejections GROUP BY 1, 2) AS a
            FULL JOIN (SELECT pod_id, reason, count(*) AS found FROM rejected_bets GROUP BY 1, 2) AS b
            USING (pod_id, reason) WHERE said IS DISTINCT FROM b.found
            UNION ALL
            SELECT 'market ' || game_id || ' ' || selection
            FROM (SELECT game_id, selection, sum(bets) AS n, sum(staked) AS s
                FROM game_totals GROUP BY 1, 2) AS a
            FULL JOIN (SELECT game_id, selection, count(*) AS bets, sum(amount) AS amount
                FROM bets GROUP BY 1, 2) AS b
            USING (game_id, selection)
            WHERE (n, s) IS DISTINCT FROM (b.bets::numeric, b.amount)
            UNION ALL
            SELECT 'block ' || block FROM (
                SELECT block, sum(outcomes) AS said FROM outcome_blocks GROUP BY 1) AS a
            FULL JOIN (SELECT stream_seq / 4096 AS block, count(*) AS found FROM (
                    SELECT stream_seq FROM bets UNION ALL SELECT stream_seq FROM duplicate_bets
                    UNION ALL SELECT stream_seq FROM rejected_bets) AS o GROUP BY 1) AS b
            USING (block) WHERE said > coalesce(found, 0)
            """
        )
        #expect(differences == [], sourceLocation: sourceLocation)
    }

    /// Waits until a session waits for another's lock.
    func untilBlocked() async throws {
        let isBlocked = try await eventually {
            try number(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'
                """
            ) > 0
        }
        try #require(isBlocked)
    }
}

extension Boot {
    static func pod(_ name: String, boot: String = "b") -> Boot {
        Boot(podID: name, bootID: boot)
    }
}

extension BatchWriter {
    convenience init(_ pod: String) {
        self.init(boot: .pod(pod)) { _ in nil }
    }
}

extension BetBatch {
    /// When messages were published, unless told otherwise.
    static let publishedAt = Timestamp(microseconds: 1_750_000_000_000_000)

    mutating func append(_ bet: Bet, sequence: Int64) {
        append(bet, sequence: sequence, publishedAt: Self.publishedAt)
    }

    /// Bets whose id is their sequence, unless told otherwise.
    /// The server calls them new, which it also says of messages that are not.
    init(_ bets: [(Int64, Bet)], rejected: [RejectedMessage] = [], isFresh: Bool = true) {
        self.init(epoch: BatchWorld.epoch)
        self.isFresh = isFresh
        for (sequence, bet) in bets { append(bet, sequence: sequence) }
        self.rejected = rejected
    }

    init(_ sequences: some Sequence<Int64>) {
        self.init(sequences.map { ($0, Bet.sample(UInt64($0))) })
    }
}

extension Bet {
    static func sample(
        _ id: UInt64,
        game: String = "game-1",
        selection: String = "home",
        cents: Int64 = 1_050,
        userID: Int64? = 7
    ) -> Bet {
        guard let betID = BetID(high: 0x1111_2222_3333_4444, low: id),
            let gameID = Identifier(game), let selection = Identifier(selection)
        else { preconditionFailure("not a bet: \(id) \(game) \(selection)") }
        return Bet(
            id: betID,
            gameID: gameID,
            betType: .moneyline,
            selection: selection,
            amount: Money(units: cents * 1_000_000),
            userID: userID,
            placedAt: Timestamp(microseconds: 1_750_000_000_123_456)
        )
    }
}

extension RejectedMessage {
    static func sample(
        _ sequence: Int64,
        reason: RejectionReason = .malformed,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = Array("{".utf8),
        at publishedAt: Timestamp = BetBatch.publishedAt
    ) -> RejectedMessage {
        RejectedMessage(
            sequence: sequence,
            reason: reason,
            detail: "offset 1",
            message: RawMessage(
                subject: "bets",
                headers: headers,
                body: body,
                publishedAt: publishedAt
            )
        )
    }
}

/// Runs `body` on a thread that may block.
func onThread<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result { try body() }) }.start()
    }
}
