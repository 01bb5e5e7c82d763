import EngineHarness
import TestSupport

/// A server a backend may be cut off from.
enum FaultyServer: String, CaseIterable {
    case nats
    case postgres
    case redis

    func port(of engine: Engine) throws -> Int {
        let text = engine.address(of: rawValue)
        guard let port = text.firstMatch(of: /127\.0\.0\.1:(\d+)/).flatMap({ Int($0.1) }) else {
            throw FixtureError("no port in \(text)")
        }
        return port
    }

    /// The address of the server, the way through the proxy.
    func environment(of engine: Engine, through proxy: TCPProxy) -> [String: String] {
        let text = engine.address(of: rawValue)
            .replacing(/127\.0\.0\.1:\d+/, with: "127.0.0.1:\(proxy.port)")
        return ["\(rawValue.uppercased())_URL": text]
    }
}
