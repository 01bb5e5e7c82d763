import Foundation
import Synchronization
import TestSupport

/// A NATS server of a few lines that serves one client and delivers what a test wants: a real one
/// lets nobody choose the reply subject of a delivery.
final class ScriptedServer: Sendable {
    let port: Int
    private let listener: Int32
    private let state = Mutex(State())

    private struct State {
        var client: Int32 = -1
        var subscriptions: [String: String] = [:]
    }

    init() throws {
        let (listener, port) = try listenOnLoopback()
        self.listener = listener
        self.port = port
        Thread { [weak self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0, let self else { return }
                self.serve(client)
            }
        }.start()
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// Sends a message to whoever subscribed to the subject.
    func deliver(_ subject: String, reply: String, headers: String, body: String) {
        state.withLock { state in
            guard let id = state.subscriptions[subject] else { return }
            let block = headers.isEmpty ? "" : "NATS/1.0\r\n\(headers)\r\n\r\n"
            let total = block.utf8.count + body.utf8.count
            let sizes = headers.isEmpty ? "\(total)" : "\(block.utf8.count) \(total)"
            let verb = headers.isEmpty ? "MSG" : "HMSG"
            Self.send(
                "\(verb) \(subject) \(id) \(reply) \(sizes)\r\n\(block)\(body)\r\n",
                to: state.client
            )
        }
    }

    private func serve(_ client: Int32) {
        state.withLock { $0 = State(client: client) }
        Self.send(
            "INFO {\"server_id\":\"s\",\"version\":\"2.9.10\",\"headers\":true,"
                + "\"max_payload\":65536}\r\n",
            to: client
        )
        var text = ""
        var bytes = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = unsafe read(client, &bytes, bytes.count)
            guard count > 0 else { break }
            text += String(decoding: bytes[..<count], as: UTF8.self)
            while let end = text.range(of: "\r\n") {
                obey(String(text[..<end.lowerBound]), client)
                text = String(text[end.upperBound...])
            }
        }
        close(client)
    }

    private func obey(_ line: String, _ client: Int32) {
        let words = line.split(separator: " ").map(String.init)
        state.withLock { state in
            switch words.first {
            case "PING": Self.send("PONG\r\n", to: client)
            case "SUB": state.subscriptions[words[1]] = words.last
            default: return
            }
        }
    }

    private static func send(_ text: String, to client: Int32) {
        var bytes = Array(text.utf8)
        while !bytes.isEmpty {
            let count = unsafe Glibc.send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            guard count > 0 else { return }
            bytes.removeFirst(count)
        }
    }
}
