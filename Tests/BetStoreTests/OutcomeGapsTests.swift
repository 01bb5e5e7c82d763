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
