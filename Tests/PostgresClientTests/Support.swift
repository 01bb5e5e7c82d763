import Foundation
import PostgresClient
import TestSupport
import Testing

/// One server for all tests that do not stop it.
enum Shared {
    private static let server = Task { try await PostgresServer.start() }

    static func postgres() async throws -> PostgresServer { try await server.value }

    /// A connection to an empty database of its own.
    static func connection(
        _ configure: (inout PostgresConfiguration) -> Void = { _ in }
    ) async throws -> PostgresConnection {
        try PostgresConnection(await configuration(configure))
    }

    /// The configuration for an empty database of its own.
    static func configuration(
        _ configure: (inout PostgresConfiguration) -> Void = { _ in }
    ) async throws -> PostgresConfiguration {
        var configuration = PostgresConfiguration(url: try await postgres().makeDatabase())
        configure(&configuration)
        return configuration
    }
}

/// Runs `body` on a thread that may block.
func onThread<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result { try body() }) }.start()
    }
}

/// The error `body` throws; records an issue when it throws none.
func postgresError(
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Void
) -> PostgresError? {
    do {
        try body()
    } catch let error as PostgresError {
        return error
    } catch {
        Issue.record("not a PostgresError: \(error)", sourceLocation: sourceLocation)
        return nil
    }
    Issue.record("no error was thrown", sourceLocation: sourceLocation)
    return nil
}

/// A small generator with a seed that can be printed and repeated (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
