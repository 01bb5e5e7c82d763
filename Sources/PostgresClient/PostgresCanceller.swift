import CPostgres

/// Asks the server to end what a connection is doing; usable from any thread, also when the
/// connection has gone meanwhile.
///
/// A `PGcancel` never changes and `PQcancel` is thread-safe: `@unchecked Sendable` needs no guard.
@safe
package final class PostgresCanceller: @unchecked Sendable {
    private static let errorBytesMax = 256

    private let cancel: OpaquePointer

    /// Takes ownership of `cancel`.
    init(owning cancel: OpaquePointer) { unsafe self.cancel = cancel }

    deinit { unsafe PQfreeCancel(cancel) }

    /// Sends the request over a connection of its own, which blocks the caller for that long. The
    /// statement then fails with 57014, unless it was finished already.
    package func callAsFunction() throws(PostgresError) {
        var text = [CChar](repeating: 0, count: Self.errorBytesMax)
        let sent = unsafe PQcancel(cancel, &text, Int32(text.count))
        guard sent == 1 else {
            throw PostgresError(.connectFailed, "the request to cancel was not delivered")
        }
    }
}
