import Foundation
import TestSupport

/// What the API answered, taken apart.
struct Reply: Sendable {
    let status: Int
    /// Names in lower case.
    let headers: [String: String]
    let text: String

    private var object: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
    }

    subscript(_ name: String) -> String { object[name].map { "\($0)" } ?? "" }

    /// The objects of a list.
    func list(_ name: String) -> [[String: String]] {
        (object[name] as? [[String: Any]] ?? []).map { $0.mapValues { "\($0)" } }
    }

    /// Of a problem.
    var code: String { self["code"] }
}

/// Asks one server over HTTP, one connection a request: what goes over the wire is the test's.
struct APIClient: Sendable {
    let port: Int
    /// Nil sends no Authorization.
    var token: String?

    func get(_ path: String, headers: [(String, String)] = []) async throws -> Reply {
        try await ask("GET", path, headers: headers)
    }

    /// - Parameters:
    ///   - body: sent as it is.
    ///   - key: the Idempotency-Key.
    func post(
        _ path: String,
        _ body: String? = nil,
        key: String? = nil,
        type: String? = "application/json",
        headers: [(String, String)] = []
    ) async throws -> Reply {
        var headers = headers
        if let key { headers.append(("Idempotency-Key", key)) }
        if body != nil, let type { headers.append(("Content-Type", type)) }
        return try await ask("POST", path, headers: headers, body: Array((body ?? "").utf8))
    }

    func ask(
        _ method: String,
        _ path: String,
        headers: [(String, String)] = [],
        body: [UInt8] = []
    ) async throws -> Reply {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        if let token { head += "Authorization: Bearer \(token)\r\n" }
        if method == "POST" { head += "Content-Length: \(body.count)\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        let bytes = Array((head + "\r\n").utf8) + body
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try exchange(bytes) })
            }
        }
    }

    private func exchange(_ request: [UInt8]) throws -> Reply {
        let client = try TCPClient(port: port)
        try client.send(request)
        guard let bytes = client.readToEnd(within: .seconds(40)), !bytes.isEmpty else {
            throw FixtureError(
                "no answer to \(String(decoding: request.prefix(80), as: UTF8.self))"
            )
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { throw FixtureError("no head: \(text)") }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] =
                line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        return Reply(
            status: Int(lines[0].dropFirst(9).prefix(3)) ?? 0,
            headers: headers,
            text: String(text[end.upperBound...])
        )
    }
}
