import Betting
import JetStream
import Telemetry
import Topology

/// The copy of a rejected message.
struct DeadLetter {
    let message: StoredMessage

    private static let ownPrefix = "betting-"
    private static let serverPrefix = "nats-"

    /// The last token of the subject.
    var reason: String {
        message.subject.split(separator: ".").last.map(String.init) ?? message.subject
    }

    /// The headers the message had when it was rejected, but for those the server acts upon.
    var originalHeaders: [(String, String)] {
        message.headers.filter { header in
            let name = header.name.lowercased()
            return !name.hasPrefix(Self.ownPrefix) && !name.hasPrefix(Self.serverPrefix)
        }
        .map { ($0.name, $0.value) }
    }

    private var storedAt: String {
        Timestamp(microseconds: message.timestampNanoseconds / 1_000).description
    }

    /// One line for people. The body may be anything and is not shown.
    var line: String {
        let headers = message.headers.map { "\($0.name)=\(Self.printable($0.value))" }
        return "\(message.sequence)  \(storedAt)  \(reason)  \(message.body.count) bytes  "
            + headers.joined(separator: " ")
    }

    /// The same as a JSON object.
    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("seq", message.sequence)
        writer.field("stored_at", storedAt)
        writer.field("reason", reason)
        writer.field("bytes", message.body.count)
        writer.beginArray("headers")
        for header in message.headers {
            writer.beginArray()
            writer.element(header.name)
            writer.element(header.value)
            writer.endArray()
        }
        writer.endArray()
        writer.endObject()
        return writer.text
    }

    /// Control characters must not reach a terminal.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? "?" : $0 }
            )
        )
    }
}
