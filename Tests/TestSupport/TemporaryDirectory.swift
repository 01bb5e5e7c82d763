package import Foundation

/// A directory of one fixture's own, removed with it.
package final class TemporaryDirectory: Sendable {
    package let url: URL

    package var path: String { url.path }

    /// Creates `$TMPDIR/betting-<label>-<random>`, readable by everyone, since Postgres may run as
    /// another user.
    package init(_ label: String) throws {
        url = FileManager.default.temporaryDirectory
            .appendingPathComponent("betting-\(label)-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(
            at: url,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755]
        )
        Cleanup.shared.removeAtExit(url.path)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }
}
