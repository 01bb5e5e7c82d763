/// Polls `condition` every 20 ms until it holds. Returns whether it did within the time.
///
/// Polling for an outcome is how a test waits for another process; a test never waits for a fixed
/// time and hopes.
@discardableResult
package func eventually(
    within timeout: Duration = .seconds(10),
    _ condition: () async throws -> Bool
) async throws -> Bool {
    let deadline = ContinuousClock.now + timeout
    while true {
        if try await condition() { return true }
        if ContinuousClock.now >= deadline { return false }
        try await Task.sleep(for: .milliseconds(20))
    }
}
