import BetStore
import Glibc
import PostgresClient
import TestSupport
import Testing

@Suite(.serialized) struct OutcomeGapsTests {
    @Test func `finds what is missing, and does not wait for what is lost`() async throws {
        let server = try await PostgresServer.start()
        defer { server.process.kill(SIGKILL) }
        let database = try OddsDatabase(server)
        let gaps = OutcomeGaps(epoch: 1, database.connection)
        #expect(try gaps.advance() == 0)
        #expect(try gaps.missing(in: 1...20_000, rangesMax: 10) == [1...20_000])
        try database.store(1...70_000)
        try database.store(70_101...200_000)
        #expect(try gaps.advance() == 70_000)
        #expect(try gaps.missing(in: 1...200_000, rangesMax: 10) == [70_001...70_100])
        _ = try database.connection.run(
            "DELETE FROM bets WHERE stream_epoch = 1 AND stream_seq IN (5, 4095, 4096, 131072)"
        )
        let all = [5...5, 4095...4096, 70_001...70_100, 131_072...131_072].map {
            Int64($0.lowerBound)...Int64($0.upperBound)
        }
        #expect(try gaps.missing(in: 1...200_000, rangesMax: 10) == all)
        #expect(try gaps.missing(in: 1...200_000, rangesMax: 2) == Array(all.prefix(2)))
        #expect(try gaps.missing(in: 6...4_095, rangesMax: 10) == [4_095...4_095])

        #expect(try gaps.recordLost(70_001...70_100) == 100)
        #expect(try gaps.recordLost(70_050...70_100) == 0)
        #expect(try gaps.recordLost(131_072...131_072) == 1)
        #expect(try gaps.advance() == 200_000)
        #expect(try gaps.lostCount() == 101)
        #expect(try gaps.missing(in: 70_000...200_000, rangesMax: 10).isEmpty)

        // One that was thought lost comes after all.
        try database.store(131_072...131_072)
        try gaps.forgetFound()
        #expect(try gaps.lostCount() == 100)
    }

    @Test func `whole blocks are passed by what is written down, the rest by rows`() async throws {
        let server = try await PostgresServer.start()
        defer { server.process.kill(SIGKILL) }
        let database = try OddsDatabase(server)
        try EpochRegistry.register(1, on: database.connection)
        let gaps = OutcomeGaps(epoch: 1, database.connection)
        // Blocks 0 to 2 are complete, block 3 is not; nothing is written down about 8192 to 12287.
        try database.store(8_192...12_300)
        try database.store(12_302...12_400)
        _ = try database.connection.run(
            """
            INSERT INTO outcome_blocks (stream_epoch, block, lane, outcomes)
            VALUES (1, 0, 3, 4000), (1, 0, 5, 95), (1, 1, 3, 4096), (1, 3, 3, 112), (2, 2, 3, 4096)
            """
        )
        #expect(try gaps.advance() == 12_300)
        try database.store(12_301...12_301)
        #expect(try gaps.advance() == 12_400)

        try gaps.forgetPassedBlocks()
        let left = try database.connection.run(
            "SELECT stream_epoch, block FROM outcome_blocks ORDER BY 1"
        )
        #expect(try left[0].int64(0, 0) == 1 && left[0].int64(0, 1) == 3)
        #expect(try left[0].int64(1, 0) == 2 && left[0].rowCount == 2)

        try gaps.forgetBlocks(of: 12_290...12_301)
        #expect(try database.connection.run("SELECT FROM outcome_blocks")[0].rowCount == 1)
        try database.store(12_401...30_000)
        #expect(try gaps.advance() == 30_000)
    }

    @Test(arguments: [(4_094, 3), (4_095, 4), (0, 0)])
    func `a block that lacks outcomes is not passed`(written: Int, through: Int64) async throws {
        let server = try await PostgresServer.start()
        defer { server.process.kill(SIGKILL) }
        let database = try OddsDatabase(server)
        try EpochRegistry.register(1, on: database.connection)
        if through > 0 { try database.store(1...through) }
        if written > 0 {
            _ = try database.connection.run(
                "INSERT INTO outcome_blocks VALUES (1, 0, 0, \(written))"
            )
        }
        let expected = written == 4_095 ? 4_095 : through
        #expect(try OutcomeGaps(epoch: 1, database.connection).advance() == expected)
    }

    @Test func `knows that a stream that is gone fills no gap`() async throws {
        let server = try await PostgresServer.start()
        defer { server.process.kill(SIGKILL) }
        let database = try OddsDatabase(server)
        for epoch in [1, 2] {
            try EpochRegistry.register(Int64(epoch), on: database.connection)
        }
        try database.store(epoch: 1, 1...10)
        try database.store(epoch: 1, 14...20)
        try database.store(epoch: 2, 3...5)
        let gaps = OutcomeGaps(epoch: 2, database.connection)
        let others = try gaps.gapsOfOtherEpochs(rangesMax: 10)
        #expect(others.map(\.epoch) == [1])
        #expect(others.first?.ranges == [11...13])
    }
}
