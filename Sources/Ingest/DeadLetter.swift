import BetStore
import Betting
import JetStream

/// The copy of a rejected message in the stream `dead_letters`.
enum DeadLetter {
    /// Publishes the copy, without waiting for an acknowledgement.
    static func publish(
        _ rejected: RejectedMessage,
        epoch: Int64,
        on connection: NATSConnection
    ) throws(JetStreamError) {
        try connection.publish(
            "dead.bets.\(rejected.reason.rawValue)",
            body: rejected.message.body,
            headers: headers(of: rejected, epoch: epoch)
        )
    }

    /// The message's own headers, but for those JetStream would act upon, and where it came from.
    /// What a header may not hold is replaced: the exact bytes are in `rejected_bets`.
    static func headers(of rejected: RejectedMessage, epoch: Int64) -> [(String, String)] {
        var headers = rejected.message.headers
            .filter { !isActedUpon($0.name) }
            .map { (token($0.name), printable($0.value)) }
        headers.append(("Nats-Msg-Id", "dead-\(epoch)-\(rejected.sequence)"))
        headers.append(("Betting-Reason", rejected.reason.rawValue))
        headers.append(("Betting-Detail", printable(rejected.detail)))
        headers.append(("Betting-Epoch", String(epoch)))
        headers.append(("Betting-Sequence", String(rejected.sequence)))
        if let original = rejected.message.headers.first(where: { $0.name == "Nats-Msg-Id" }) {
            headers.append(("Betting-Msg-Id", printable(original.value)))
        }
        return headers
    }

    private static func isActedUpon(_ name: String) -> Bool {
        let lower = name.lowercased()
        return lower.hasPrefix("nats-") || lower == "status" || lower == "description"
    }

    private static func token(_ name: String) -> String {
        let text = replacing(name) { scalar in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                    || scalar == "-" || scalar == "_" || scalar == ".")
        }
        return text.isEmpty ? "_" : text
    }

    private static func printable(_ value: String) -> String {
        replacing(value) { $0.value >= 0x20 && $0.value != 0x7f }
    }

    private static func replacing(
        _ text: String,
        unless isAllowed: (Unicode.Scalar) -> Bool
    ) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            result.unicodeScalars.append(isAllowed(scalar) ? scalar : "_")
        }
        return result
    }
}
