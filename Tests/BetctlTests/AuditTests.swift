import JetStream
import PostgresClient
import RedisClient
import TestSupport
import Testing
import Topology

@testable import betctl

@Suite(.serialized) struct `The audit of a system` {
    /// For the waiting for counters that are too low.
    static let timeout = Duration.milliseconds(400)

    static let world = Task { try await AuditWorld.start() }

    @Test(arguments: Sabotage.ofTables + Sabotage.ofRedis + Sabotage.ofMoney)
    func `notices`(sabotage: Sabotage) async throws {
        let world = try await Self.world.value
        try world.refill()
        let journal = try world.journal()
        try sabotage.act(world, try world.epoch())
        let report = try Audit(session: world.session, journal: journal, timeout: Self.timeout)
            .run()
        let violated = Set(report.checks.filter { $0.result == .violated }.map(\.id))
        #expect(violated == Set(sabotage.noticed.map(\.rawValue)), "\(report.table)")
        #expect(report.checks.count == Invariant.allCases.count)
        #expect(report.exitStatus == (sabotage.noticed.isEmpty ? .success : .failure))
    }

    @Test func `is undecided while a sequence may still get its outcome`() async throws {
        let world = try await Self.world.value
        try world.refill()
        let (connection, _) = try world.session.nats()
        defer { connection.close() }
        _ = try connection.publishAcknowledged(
            "bets",
            body: Array("{".utf8),
            messageID: nil,
            timeoutMilliseconds: 5_000
        )
        let report = try Audit(session: world.session, journal: nil, timeout: Self.timeout).run()
        #expect(report.verdict == .undecided, "\(report.table)")
        #expect(report.exitStatus.rawValue == 2)
        #expect(!report.checks.contains { $0.result == .violated }, "\(report.table)")
    }

    @Test func `notices a consumer that loses bets`() async throws {
        let world = try await Self.world.value
        try world.refill()
        let (connection, manager) = try world.session.nats()
        defer { connection.close() }
        _ = try manager.deleteConsumer(
            stream: Topology.betsStream,
            consumer: Topology.betsConsumer
        )
        let report = try Audit(session: world.session, journal: nil, timeout: Self.timeout).run()
        let violated = report.checks.filter { $0.result == .violated }.map(\.id)
        #expect(violated == [Invariant.topology.rawValue], "\(report.table)")
    }

    @Test func `prints the same verdict for programs`() async throws {
        let world = try await Self.world.value
        try world.refill()
        let report = try Audit(session: world.session, journal: nil, timeout: Self.timeout).run()
        #expect(report.json.hasPrefix(#"{"verdict":"clean","exit":0,"#))
        #expect(report.table.hasSuffix("verdict: clean"))
    }

    @Test func `a reset leaves nothing, and every table is among those it empties`() async throws {
        let world = try await Self.world.value
        try world.refill()
        let before = try world.epoch()
        #expect(throws: CommandFailure.self) {
            try ResetCommand(["--yes"]).run(in: world.session)
        }
        #expect(try world.epoch() == before)
        _ = try ResetCommand(["--yes", "--money"]).run(in: world.session)
        #expect(try world.epoch() != before)
        let redis = try world.session.redis()
        #expect(try redis.command(["DBSIZE"]) == .integer(0))
        let postgres = try world.session.postgres()
        let names = try postgres.query(
            "SELECT relname::text FROM pg_stat_user_tables WHERE relname <> 'schema_migrations'"
        )
        let tables = try (0..<names.rowCount).map { try names.string($0, 0) }
        #expect(Set(tables) == Set(ResetCommand.tables + MoneyTables.tables))
        #expect(throws: PostgresError.self) { try world.sql("DELETE FROM wallet_ledgers") }
        for table in tables {
            let rows = try postgres.query(Statement("SELECT count(*) FROM \(table)"))
            // The new stream is entered at once, or no backend would take bets.
            #expect(try rows.int64(0, 0) == (table == "stream_epochs" ? 1 : 0), "\(table)")
        }
    }
}
