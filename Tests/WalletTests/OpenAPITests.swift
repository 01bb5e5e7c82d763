import Foundation
import TestSupport
import Testing
import WebServer

@testable import Wallet

/// The document that is served says what the server does: routes, statuses and codes.
@Suite struct `The OpenAPI document` {
    private static var document: [String: Any] {
        let data = Data(Pages.document)
        return (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] ?? [:]
    }

    private static func object(_ value: Any?) -> [String: Any] { value as? [String: Any] ?? [:] }

    private static func at(_ path: String...) -> [String: Any] {
        path.reduce(document) { object($0[$1]) }
    }

    private static func resolved(_ response: Any?) -> [String: Any] {
        let response = object(response)
        guard let reference = response["$ref"] as? String else { return response }
        return reference.split(separator: "/").dropFirst().reduce(document) {
            object($0[String($1)])
        }
    }

    /// The codes that a response may have.
    private static func codes(_ response: [String: Any]) -> [String] {
        let content = object(object(response["content"])["application/problem+json"])
        let parts = object(content["schema"])["allOf"] as? [[String: Any]] ?? []
        return parts.flatMap { part in
            object(object(part["properties"])["code"])["enum"] as? [String] ?? []
        }
    }

    @Test func `has every operation, and no other`() {
        var listed: Set<String> = []
        for (path, methods) in Self.at("paths") {
            for (method, operation) in Self.object(methods) {
                let name = Self.object(operation)["operationId"] as? String ?? ""
                listed.insert("\(name) \(method.uppercased()) \(path)")
            }
        }
        let served = Wallet.Operation.allCases.map { operation in
            let path = operation.pattern.replacingOccurrences(of: ":id", with: "{id}")
            return "\(operation.rawValue) \(operation.method.rawValue) \(path)"
        }
        #expect(listed == Set(served))
    }

    @Test(arguments: Wallet.Operation.allCases) func `has each answer`(
        operation: Wallet.Operation
    ) throws {
        let path = operation.pattern.replacingOccurrences(of: ":id", with: "{id}")
        let method = operation.method.rawValue.lowercased()
        let described = Self.object(Self.at("paths", path)[method])
        let responses = Self.object(described["responses"])
        #expect(responses["\(operation.successStatus)"] != nil)
        var listed: Set<String> = []
        for (status, response) in responses {
            for code in Self.codes(Self.resolved(response)) { listed.insert("\(status) \(code)") }
        }
        let served = operation.problems.map { "\($0.status) \($0.rawValue)" }
        #expect(listed == Set(served))
        #expect(Set(served).count == served.count)
        let tags = described["tags"] as? [String]
        #expect(tags == [operation.access == .operators ? "operators" : "players"])
    }

    @Test func `has examples that have their title`() {
        for (name, response) in Self.at("components", "responses") {
            let content = Self.object(Self.object(response)["content"])
            let example = Self.object(Self.object(content["application/problem+json"])["example"])
            let code = (example["code"] as? String).flatMap(ProblemCode.init)
            #expect(code?.title == example["title"] as? String, "\(name)")
            #expect(code?.status == example["status"] as? Int, "\(name)")
        }
    }

    @Test func `is served, and is as strict JSON as the API wants`() async throws {
        let world = try await `The bets API`.world.value
        let reply = try await world.client().get("/openapi.json")
        #expect(reply.status == 200)
        #expect(reply.headers["content-type"] == "application/json")
        #expect(reply.text.utf8.elementsEqual(Pages.document))
        #expect(reply["openapi"] == "3.1.0")
    }

    @Test func `has no code that docs/API.md has not, and the other way round`() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../docs/API.md").standardizedFileURL
        let text = try String(contentsOf: file, encoding: .utf8)
        let rows = text.split(separator: "\n").compactMap { line -> String? in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count >= 3, Int(cells[0]) != nil, cells[1].hasPrefix("`") else {
                return nil
            }
            return "\(cells[0]) \(cells[1].trimmingCharacters(in: ["`"]))"
        }
        #expect(Set(rows) == Set(ProblemCode.allCases.map { "\($0.status) \($0.rawValue)" }))
        #expect(Set(rows).count == rows.count)
    }
}

@Suite struct `The pages of the API` {
    @Test(arguments: ["/", "/player"]) func `are found`(path: String) async throws {
        let world = try await `The bets API`.world.value
        let reply = try await world.client().get(path)
        #expect(reply.status == 308)
        #expect(reply.headers["location"] == "/player.html")
    }

    @Test func `and its metrics are those that are listed`() async throws {
        let world = try await `The bets API`.world.value
        var differences: [String] = []
        try await eventually {
            let text = try await world.client().get("/metrics").text
            differences = try MetricsDocument().differences(
                from: Exposition(text),
                process: "api-server"
            )
            return differences.isEmpty
        }
        #expect(differences.isEmpty, "\(differences)")
    }
}
