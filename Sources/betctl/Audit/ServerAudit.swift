import JetStream
import PostgresClient
import RedisClient
import Topology

/// I20 and I21: settings of the servers.
enum ServerAudit {
    static func topology(_ report: TopologyReport) -> AuditCheck {
        var notes = report.warnings.map(\.description)
        if let consumer = report.consumer {
            notes.append("\(consumer.redelivered) being redelivered")
            notes.append(consumer.isPushBound ? "backends in the group" : "no backend in the group")
        }
        return Invariant.topology.check(
            problems: report.fatal.map(\.description),
            else: notes.joined(separator: ", ")
        )
    }

    /// - Parameter allowsUnsafe: the operator asked for a database that may lose bets.
    static func durability(
        _ postgres: PostgresConnection,
        _ redis: RedisConnection,
        allowsUnsafe: Bool
    ) throws -> AuditCheck {
        var problems = try DurabilitySettings.read(from: postgres).unsafe.map { "Postgres: \($0)" }
        for (name, wanted) in [("appendonly", "yes"), ("maxmemory-policy", "noeviction")] {
            let reply = try redis.command(["CONFIG", "GET", RedisArgument(name)])
            let value = reply.elements?.last?.text ?? "unknown"
            if value != wanted { problems.append("Redis: \(name)=\(value)") }
        }
        if allowsUnsafe, !problems.isEmpty {
            let detail = "allowed by ALLOW_UNSAFE: " + problems.joined(separator: ", ")
            return Invariant.durability.check(.ok, detail)
        }
        return Invariant.durability.check(problems: problems, else: "fsync, AOF, no eviction")
    }
}
