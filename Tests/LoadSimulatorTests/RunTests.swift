import Betting
import Foundation
import JetStream
import TestSupport
import Testing

@testable import load_simulator

/// The program itself against a real server.
@Suite(.serialized) struct RunTests {
    private let directory: TemporaryDirectory
    private let server: NATSServer
    private let manager: JetStreamManager

    init() async throws {
        directory = try TemporaryDirectory("load-simulator")
        server = try await NATSServer.start()
        let connection = try NATSConnection(
            NATSConfiguration(urls: server.url, name: "test", failRequestsOnDisconnect: false)
        ) { _ in }
        manager = JetStreamManager(connection)
        var stream = StreamConfiguration(name: "bets_stream", subjects: ["bets"])
        stream.discard = .new
        stream.maxMessages = 200_000
        try manager.createStream(stream)
    }

    private func start(_ arguments: String...) throws -> ServerProcess {
        // Tests and programs are built into the same directory.
        let products = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent()
        let process = ServerProcess(
            [products.path + "/load-simulator"] + arguments,
            environment: ["NATS_URL": server.url],
            logPath: directory.path + "/log"
        )
        try process.start()
        return process
    }

    private func storedCount() throws -> UInt64 {
        try #require(try manager.streamInfo("bets_stream")).messages
    }

    private func journalLines(_ name: String = "journal") throws -> [[String: Any]] {
        let text = try String(contentsOfFile: directory.path + "/" + name, encoding: .utf8)
        return try text.split(separator: "\n").map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            return try #require(object as? [String: Any])
        }
    }

    @Test func `so many bets as asked for are in the stream, and the journal says where`()
        async throws
    {
        let journal = directory.path + "/journal"
        let process = try start("0.5", "200", "--journal", journal, "--seed", "7")
        #expect(try await process.waitForExit() == 0, "\(process.log)")
        #expect(process.log.contains("acknowledged  200\n"))
        #expect(process.log.contains("seed 7"))
        let info = try #require(try manager.streamInfo("bets_stream"))
        #expect(info.messages == 200)
        let lines = try journalLines()
        #expect(lines.count == 401)
        for line in lines where line["t"] as? String == "ack" {
            #expect(line["epoch"] as? Int64 == info.createdNanoseconds)
            let sequence = try #require(line["seq"] as? UInt64)
            let message = try #require(
                try manager.message(stream: "bets_stream", sequence: sequence)
            )
            let id = try #require(line["id"] as? String)
            #expect(String(decoding: message.body, as: UTF8.self).contains(id))
            #expect(message.headers.contains { $0.name == "Nats-Msg-Id" && $0.value == id })
        }
    }

    @Test func `a restart of the server in the middle loses nothing`() async throws {
        let process = try start("--rate", "2000", "6000", "--ack-timeout", "1000")
        try await eventually(within: .seconds(20)) { try self.storedCount() > 500 }
        try await server.process.stop(SIGKILL)
        try await server.start()
        #expect(try await process.waitForExit(timeout: .seconds(40)) == 0, "\(process.log)")
        #expect(process.log.contains("acknowledged  6000\n"))
        #expect(try storedCount() == 6000)
    }

    @Test func `a stream made anew in the middle is another epoch in the journal`() async throws {
        let old = try #require(try manager.streamInfo("bets_stream"))
        let process = try start(
            "--rate",
            "2000",
            "6000",
            "--connections",
            "2",
            "--journal",
            directory.path + "/journal"
        )
        try await eventually(within: .seconds(20)) { try self.storedCount() > 500 }
        #expect(try manager.deleteStream("bets_stream"))
        try manager.createStream(old.configuration)
        #expect(try await process.waitForExit(timeout: .seconds(40)) == 0, "\(process.log)")
        let new = try #require(try manager.streamInfo("bets_stream"))
        #expect(new.createdNanoseconds != old.createdNanoseconds)
        let stored = try (new.firstSequence...new.lastSequence).map { sequence in
            let message = try #require(
                try manager.message(stream: "bets_stream", sequence: sequence)
            )
            return message.headers.first { $0.name == "Nats-Msg-Id" }?.value
        }
        var counts: [Int64: Int] = [:]
        for line in try journalLines() where line["t"] as? String == "ack" {
            let epoch = try #require(line["epoch"] as? Int64)
            counts[epoch, default: 0] += 1
            guard epoch == new.createdNanoseconds else { continue }
            let sequence = try #require(line["seq"] as? Int)
            #expect(stored[sequence - 1] == line["id"] as? String)
        }
        #expect(Set(counts.keys) == [old.createdNanoseconds, new.createdNanoseconds])
        // What was in doubt is left out: at most the windows of the two connections.
        #expect(counts[new.createdNanoseconds, default: 0] > stored.count / 2)
    }

    @Test func `what a killed run left open is sent again under the same ids`() async throws {
        let journal = directory.path + "/journal"
        let process = try start("0", "0", "--journal", journal, "--duplicates", "0.1")
        try await eventually(within: .seconds(20)) { try self.storedCount() > 2_000 }
        try await process.stop(SIGKILL)
        let file = try #require(FileHandle(forWritingAtPath: journal))
        try file.seekToEnd()
        try file.write(contentsOf: Data(#"{"t":"try","id":"cut o"#.utf8))
        try file.close()
        let before = try EarlierRun(journal: journal)
        try #require(before.unanswered.count > 0)
        let resumed = try start("--resume", journal)
        #expect(try await resumed.waitForExit() == 0, "\(resumed.log)")
        #expect(try EarlierRun(journal: journal).unanswered == [])
        let tried = try journalLines().filter { $0["t"] as? String == "try" }.compactMap {
            $0["n"] as? UInt64
        }
        let script = Script(
            before.options.content,
            seed: before.seed,
            pace: before.options.pace,
            started: .init(microseconds: before.started)
        )
        let messageIDs = Set(tried.map { script.identity(of: $0).messageID })
        #expect(try storedCount() == UInt64(messageIDs.count))
    }

    @Test func `an interrupt ends it with what was acknowledged`() async throws {
        let process = try start("1", "100000")
        try await eventually(within: .seconds(20)) { try self.storedCount() > 100 }
        process.kill(SIGINT)
        #expect(try await process.waitForExit() == 130, "\(process.log)")
        #expect(process.log.contains("acknowledged  \(try storedCount())\n"))
    }

    @Test func `a full stream refuses, and the status says so`() async throws {
        var stream = StreamConfiguration(name: "bets_stream", subjects: ["bets"])
        stream.discard = .new
        stream.maxMessages = 50
        try manager.updateStream(stream)
        let process = try start("0", "80", "--journal", directory.path + "/journal")
        #expect(try await process.waitForExit() == 1, "\(process.log)")
        #expect(process.log.contains("refused       30 "), "\(process.log)")
        let refused = try journalLines().filter { $0["t"] as? String == "refused" }
        #expect(refused.count == 30)
        #expect(refused.allSatisfy { $0["code"] as? Int == 10_077 })
    }

    @Test func `duplicates are flagged or stored, malformed messages are stored`() async throws {
        let process = try start(
            "0",
            "2000",
            "--duplicates",
            "0.2",
            "--malformed",
            "0.1",
            "--seed",
            "3",
            "--connections",
            "2"
        )
        #expect(try await process.waitForExit() == 0, "\(process.log)")
        var content = Content()
        (content.duplicates, content.malformed, content.seed) = (0.2, 0.1, 3)
        let script = Script(content, seed: 3, pace: Pace(), started: .init(microseconds: 0))
        let distinct = Set((0..<2000).map { script.identity(of: UInt64($0)).messageID }).count
        #expect(try storedCount() == UInt64(distinct))
        #expect(process.log.contains("duplicates    \(2000 - distinct) "), "\(process.log)")
    }

    @Test func `without its stream, or without a server, it says so and ends`() async throws {
        let process = try start("0", "5", "--stream", "another")
        #expect(try await process.waitForExit() == 1)
        #expect(process.log.contains("another"))
        let usage = try start("0")
        #expect(try await usage.waitForExit() == 2)
    }
}
