import Glibc
import PostgresClient
import TestSupport
import Testing

@testable import BetStore

@Suite(.serialized) struct TotalsCorrectionTests {
    private static let differences = """
        SELECT (SELECT count(*) FROM (
            SELECT stream_epoch, pod_id, sum(stored), sum(value), sum(duplicates), sum(rejected)
            FROM ingest_totals GROUP BY 1, 2
            EXCEPT SELECT b.stream_epoch, b.pod_id, count(*), sum(amount),
                (SELECT count(*) FROM duplicate_bets d
                    WHERE (d.stream_epoch, d.pod_id) = (b.stream_epoch, b.pod_id)),
                (SELECT count(*) FROM rejected_bets r
                    WHERE (r.stream_epoch, r.pod_id) = (b.stream_epoch, b.pod_id))
            FROM bets b GROUP BY 1, 2) pods)
        + (SELECT count(*) FROM (
            SELECT game_id, selection, sum(bets), sum(staked) FROM game_totals GROUP BY 1, 2
            EXCEPT SELECT game_id, selection, count(*), sum(amount) FROM bets GROUP BY 1, 2) games)
        """

    /// Two starts of a pod that together did what the tables say.
    private static let boots = """
        INSERT INTO ingest_totals (stream_epoch, pod_id, boot_id, version, stored, value,
            duplicates, rejected)
        SELECT stream_epoch, pod_id, boot, 7, count(*) FILTER (WHERE kind = 'b'),
            coalesce(sum(amount), 0), count(*) FILTER (WHERE kind = 'd'),
            count(*) FILTER (WHERE kind = 'r')
        FROM (
            SELECT stream_epoch, pod_id, amount, 'b' AS kind, stream_seq % 2 AS boot FROM bets
            UNION ALL SELECT stream_epoch, pod_id, NULL, 'd', stream_seq % 2 FROM duplicate_bets
            UNION ALL SELECT stream_epoch, pod_id, NULL, 'r', stream_seq % 2 FROM rejected_bets
        ) outcome GROUP BY stream_epoch, pod_id, boot;
        INSERT INTO ingest_rejections (stream_epoch, pod_id, boot_id, reason, count)
        SELECT stream_epoch, pod_id, stream_seq % 2, reason, count(*)
        FROM rejected_bets GROUP BY 1, 2, 3, 4
        """

    @Test func `makes the totals what the tables say, and bumps the version`() async throws {
        let server = try await PostgresServer.start()
        defer { server.process.kill(SIGKILL) }
        let database = try OddsDatabase(server)
        let connection = database.connection
        func differences() throws -> Int64 {
            try connection.query(Statement(Self.differences)).int64(0, 0)
        }
        try database.store(1...5_000)
        _ = try connection.run(Self.boots)
        #expect(try differences() == 0)
        #expect(try TotalsCorrection.run(connection) == TotalsCorrection.Report())

        for sabotage in [
            "DELETE FROM bets WHERE stream_seq BETWEEN 100 AND 2000",
            "DELETE FROM rejected_bets; DELETE FROM duplicate_bets WHERE stream_seq > 50",
            "UPDATE bets SET pod_id = 'q' WHERE stream_seq > 4000",
            "DELETE FROM game_totals WHERE game_id = 'game-3'",
            "DELETE FROM ingest_totals",
        ] {
            _ = try connection.run(sabotage)
            #expect(try differences() > 0 || sabotage.contains("DELETE FROM"), "\(sabotage)")
            let report = try TotalsCorrection.run(connection)
            #expect(report.podRows + report.gameRows > 0, "\(sabotage)")
            #expect(try differences() == 0, "\(sabotage)")
            #expect(try TotalsCorrection.run(connection) == TotalsCorrection.Report())
        }
        let negative = try connection.query(
            "SELECT count(*) FROM ingest_totals WHERE least(stored, duplicates, rejected) < 0"
        )
        #expect(try negative.int64(0, 0) == 0)
    }

    @Test(arguments: [
        ([Int128(5)], [Int128(3)], [Int128(5)], [Int128(0)]),
        ([-5], [3], [-3], [-2]), ([-5], [9], [-5], [0]), ([0, -1], [4, 0], [0, 0], [0, -1]),
    ])
    func `takes from a row no more than it has`(
        left: [Int128],
        said: [Int128],
        shares: [Int128],
        rest: [Int128]
    ) {
        var left = left
        #expect(TotalsCorrection.shares(of: &left, said) == shares)
        #expect(left == rest)
    }
}
