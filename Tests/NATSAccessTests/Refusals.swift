import JetStream
import NATSAccess
import Synchronization
import TestSupport

/// A connection as one role, and what the server has refused on it so far.
final class RoleClient: Sendable {
    let connection: NATSConnection
    private let refusals: Refusals

    private final class Refusals: Sendable {
        let texts = Mutex<[String]>([])
    }

    init(_ role: NATSRole, on server: NATSServer) throws {
        let refusals = Refusals()
        self.refusals = refusals
        connection = try NATSConnection(
            NATSConfiguration(
                urls: server.url(role: role.rawValue),
                name: "test",
                inboxPrefix: role.inboxPrefix
            )
        ) { event in
            guard case .permissionViolation(let text) = event else { return }
            refusals.texts.withLock { $0.append(text) }
        }
    }

    /// Which of the subjects were refused, after the server has answered to all of them.
    func refused(_ subjects: [String]) async throws -> Set<String> {
        // Refusals come in order: when this one is there, all are.
        let end = "_end.\(UInt64.random(in: .min ... .max))"
        try connection.publish(end, body: [])
        let isComplete = try await eventually {
            refusals.texts.withLock { $0.contains { $0.contains("\"\(end)\"") } }
        }
        guard isComplete else { throw FixtureError("the server did not refuse \(end)") }
        return refusals.texts.withLock { texts in
            Set(subjects.filter { subject in texts.contains { $0.contains("\"\(subject)\"") } })
        }
    }
}
