import Foundation
import Synchronization
import TestSupport
import WebServer

/// A server on a free loopback port, shut down with the object.
final class RunningServer: Sendable {
    let server: WebServer

    var port: Int { server.port }

    init(
        routes: [HTTPRoute] = [],
        hubs: [WebSocketHub] = [],
        files: StaticFiles? = nil,
        origins: AllowedOrigins = .sameOriginAndLocalhost,
        encryption: WebServerEncryption? = nil,
        _ adjust: (inout WebServerLimits) -> Void = { _ in }
    ) throws {
        var limits = WebServerLimits()
        adjust(&limits)
        let log = EventLog()
        server = try WebServer(
            WebServerConfiguration(
                port: 0,
                address: "127.0.0.1",
                serverName: "test",
                encryption: encryption,
                allowedOrigins: origins,
                limits: limits
            ),
            routes: routes,
            hubs: hubs,
            files: files,
            onEvent: { log.add($0) }
        )
        self.log = log
        server.start()
    }

    private let log: EventLog

    var told: [WebServerEvent] { log.all }

    deinit { server.shutDown(timeoutMilliseconds: 0) }

    /// Sends one request on a connection of its own and returns everything until the server closes.
    func exchange(_ request: String, within timeout: Duration = .seconds(10)) throws -> Answer {
        let client = try TCPClient(port: port)
        try client.send(request)
        return Answer(client.readToEnd(within: timeout))
    }

    /// GET with "Connection: close".
    func get(_ path: String, headers: String = "") throws -> Answer {
        try exchange(
            "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\(headers)\r\n"
        )
    }
}

final class EventLog: Sendable {
    private let events = Mutex<[WebServerEvent]>([])

    func add(_ event: WebServerEvent) { events.withLock { $0.append(event) } }

    var all: [WebServerEvent] { events.withLock { $0 } }
}

/// A response taken apart; status 0 when none came.
struct Answer {
    let status: Int
    let headers: [String: String]
    let body: String
    let text: String

    init(_ bytes: [UInt8]?) {
        text = String(decoding: bytes ?? [], as: UTF8.self)
        let parts = text.split(
            separator: "\r\n\r\n",
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        let lines = (parts.first ?? "").split(separator: "\r\n")
        status = lines.first.flatMap { Int($0.dropFirst(9).prefix(3)) } ?? 0
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let pair = line.split(separator: ":", maxSplits: 1)
            guard pair.count == 2 else { continue }
            headers[pair[0].lowercased()] = String(pair[1].drop { $0 == " " })
        }
        self.headers = headers
        body = parts.count > 1 ? String(parts[1]) : ""
    }
}

/// Keeps responders alive without answering.
final class ResponderBox: Sendable {
    private let responders = Mutex<[HTTPResponder]>([])

    func put(_ responder: HTTPResponder) { responders.withLock { $0.append(responder) } }
}

final class ClientList: Sendable {
    private let ids = Mutex<[WebSocketHub.ClientID]>([])

    func add(_ id: WebSocketHub.ClientID) { ids.withLock { $0.append(id) } }

    var all: [WebSocketHub.ClientID] { ids.withLock { $0 } }
}

/// VmRSS of this process.
func residentKilobytes() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line.flatMap { Int($0.split(separator: " ").dropLast().last ?? "") } ?? 0
}
