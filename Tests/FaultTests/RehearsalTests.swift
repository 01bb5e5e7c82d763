import BetStore
import EngineHarness
import Glibc
import PostgresClient
import TestSupport
import Testing

extension Faults {
    /// What a cluster does to the engine in a day, with processes of this machine: pods by the rules of
    /// the manifests, bets that go on throughout, and a dashboard that is watched.
    @Suite struct RehearsalTests {
        private static let rate = 1_500
        private static let scaledUp = 5
        private static let scaledDown = 1

        @Test func `a day in the cluster loses nothing, and the dashboard is right throughout`()
            async throws
        {
            let engine = try await Engine.start(hasRoles: true)
            let rehearsal = try await Rehearsal(engine, rate: Self.rate)
            let fleet = rehearsal.fleet

            try await rehearsal.event("three backends replaced one by one") {
                try await fleet.replace()
            }
            try await rehearsal.event("scaled to five") {
                try await fleet.scale(to: Self.scaledUp)
            }
            try await rehearsal.event("scaled to one") {
                try await fleet.scale(to: Self.scaledDown)
            }
            try await rehearsal.event("scaled to three") {
                try await fleet.scale(to: fleet.rules.replicas)
            }
            try await rehearsal.event("kill -9 of a backend") { try await fleet.crash() }
            try await rehearsal.event("kill -9 of the aggregator") {
                try await rehearsal.replaceAggregator(SIGKILL)
            }
            try await rehearsal.event("NATS restarted") {
                try await engine.nats.process.stop()
                try await engine.nats.start()
            }
            try await rehearsal.end()
        }

        @Test func `a rollout over a newer schema, and back again, loses nothing`() async throws {
            // Without an older build its part is played by this one, to which the schema is as new.
            let previous = Program.previousDirectory
            print("the previous programs: \(previous ?? "those under test")")
            let engine = try await Engine.start(preparedBy: previous)
            let rehearsal = try await Rehearsal(engine, rate: Self.rate, from: previous)
            let fleet = rehearsal.fleet

            try await rehearsal.event("tables and streams of the new release") {
                try await engine.prepare()
                try engine.expandSchema()
            }
            try await rehearsal.event("kill -9 of a previous backend, on the new schema") {
                try await fleet.crash(from: previous)
            }
            try await rehearsal.event("rolled out") {
                try await fleet.replace()
                try await rehearsal.replaceAggregator(SIGTERM)
            }
            try await rehearsal.event("rolled back") {
                try await fleet.replace(from: previous)
                try await rehearsal.replaceAggregator(SIGTERM, from: previous)
            }
            if previous == nil {
                for log in fleet.logs { #expect(log.contains("newer than this program")) }
            }
            try await rehearsal.end()
        }

        @Test func `a backend refuses a database that is older than itself, and says what to do`()
            async throws
        {
            let engine = try await Engine.start()
            _ = try engine.rows(
                "DELETE FROM schema_migrations WHERE version = "
                    + "(SELECT max(version) FROM schema_migrations)"
            )
            let backend = try await engine.run(.backend, [])
            #expect(backend.status == 1)
            #expect(backend.output.contains("the database lacks migration"), "\(backend.output)")
            #expect(backend.output.contains("run `betctl migrate`"))
        }
    }
}

extension Engine {
    /// Applies what a later release may bring first: columns, a table and an index that nobody
    /// needs yet, while backends run.
    fileprivate func expandSchema() throws {
        let step = Migration(
            version: Migration.all.count + 1,
            name: "rehearsal",
            sql: """
                ALTER TABLE bets ADD COLUMN rehearsed_at timestamptz DEFAULT now();
                ALTER TABLE rejected_bets ADD COLUMN rehearsed text NOT NULL DEFAULT 'no';
                ALTER TABLE duplicate_bets ADD COLUMN rehearsed text;
                ALTER TABLE ingest_totals ADD COLUMN rehearsed bigint NOT NULL DEFAULT 0;
                ALTER TABLE ingest_rejections ADD COLUMN rehearsed bigint;
                ALTER TABLE game_totals ADD COLUMN rehearsed bigint NOT NULL DEFAULT 0;
                ALTER TABLE stream_epochs ADD COLUMN rehearsed text;
                CREATE INDEX rehearsed_bets ON bets (game_id, rehearsed_at);
                CREATE TABLE rehearsed_games (game_id text PRIMARY KEY)
                """
        )
        #expect(try Migrator.migrate(database(), steps: Migration.all + [step]).count == 1)
    }
}
