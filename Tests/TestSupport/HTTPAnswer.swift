package import Foundation
import FoundationNetworking

/// What a server on this machine answered.
package struct HTTPAnswer: Sendable {
    package let status: Int
    package let headers: [String: String]
    package let body: Data

    package var text: String { String(decoding: body, as: UTF8.self) }

    private static let timeoutSeconds: TimeInterval = 20

    /// Asks 127.0.0.1.
    ///
    /// - Parameters:
    ///   - path: with the query, percent-encoded.
    ///   - body: of a POST; its type is the caller's to say in `headers`.
    package static func get(
        port: Int,
        _ path: String,
        method: String = "GET",
        headers: [String: String] = [:],
        body: String? = nil
    ) async throws -> HTTPAnswer {
        guard let url = URL(string: "http://127.0.0.1:\(port)\(path)") else {
            throw FixtureError("\(path) is not the path of a URL")
        }
        var request = URLRequest(url: url, timeoutInterval: timeoutSeconds)
        request.httpMethod = method
        request.httpBody = body.map { Data($0.utf8) }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (body, response) = try await URLSession.shared.data(for: request)
        guard let response = response as? HTTPURLResponse else {
            throw FixtureError("\(path): no HTTP")
        }
        var found: [String: String] = [:]
        for (name, value) in response.allHeaderFields {
            found["\(name)".lowercased()] = "\(value)"
        }
        return HTTPAnswer(status: response.statusCode, headers: found, body: body)
    }
}
