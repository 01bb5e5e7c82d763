import BetStore
import Betting

/// The copy of a rejected message in the stream `dead_letters`.
enum DeadLetter {
    /// The message's own headers, but for those JetStream would act upon, and where it came from.
    static func headers(of rejected: RejectedMessage, epoch: Int64) -> [(String, String)] {
        var headers = rejected.message.headers
            .filter { !acted(upon: $0.name) }
            .map { ($0.name, $0.value) }
        headers.append(("Nats-Msg-Id", "dead-\(epoch)-\(rejected.sequence)"))
        headers.append(("Betting-Reason", rejected.reason.rawValue))
        headers.append(("Betting-Detail", rejected.detail))
        headers.append(("Betting-Epoch", String(epoch)))
        headers.append(("Betting-Sequence", String(rejected.sequence)))
        if let original = rejected.message.headers.first(where: { $0.name == "Nats-Msg-Id" }) {
            headers.append(("Betting-Msg-Id", original.value))
        }
        return headers
    }

    private static func acted(upon name: String) -> Bool {
        let lower = name.lowercased()
        return lower.hasPrefix("nats-") || lower == "status" || lower == "description"
    }
}
