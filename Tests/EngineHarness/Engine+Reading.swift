import Foundation
package import JetStream
import PostgresClient
import RedisClient
import TestSupport

/// What the engine left in its three stores.
extension Engine {
    /// The rows of a statement as text, an empty string for NULL. The statement only
    /// reads.
    package func rows(_ sql: String) throws -> [[String]] {
        // The second attempt is on another session, when the first found its server gone.
        let results = try (try? database().run(sql)) ?? database().run(sql)
        guard let result = results.last else { return [] }
        return (0..<result.rowCount).map { row in
            (0..<result.columnCount).map { column in
                result.withText(row, column) { text in
                    String(decoding: (0..<text.count).map { text[$0] }, as: UTF8.self)
                } ?? ""
            }
        }
    }

    /// The whole number that a statement answers.
    package func number(_ sql: String) throws -> Int {
        guard let text = try rows(sql).first?.first, let number = Int(text) else {
            throw FixtureError("no number: \(sql)")
        }
        return number
    }

    /// `game:<game>:odds_updates`, 0 when it is not there.
    package func oddsUpdates(_ game: String) throws -> Int64 {
        let redis = try RedisConnection(RedisConfiguration(address: redis.url))
        defer { redis.close() }
        let value = try redis.command(["GET", RedisArgument("game:\(game):odds_updates")])
        return value.int64 ?? value.text.flatMap { Int64($0) } ?? 0
    }

    /// Every message that a stream holds, oldest first.
    package func messages(_ stream: String) throws -> [StoredMessage] {
        guard let info = try manager.streamInfo(stream), info.messages > 0 else { return [] }
        return try (info.firstSequence...info.lastSequence).compactMap {
            try manager.message(stream: stream, sequence: $0)
        }
    }

    /// What each pod has stored, over all its starts.
    package func storedByPod() throws -> [String: Int] {
        let rows = try rows("SELECT pod_id, sum(stored) FROM ingest_totals GROUP BY pod_id")
        return Dictionary(uniqueKeysWithValues: rows.map { ($0[0], Int($0[1]) ?? 0) })
    }
}

extension StoredMessage {
    /// The value of the first header of that name.
    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
