import BetCodec
import Betting
import StatsCodec
import Statistics
import Tokens

@testable import WebServer

/// A reader of bytes from outside, with what must hold for any bytes at all. A broken rule ends the
/// process, so that whoever feeds it notices.
enum FuzzTarget: String, CaseIterable {
    case betJSON = "bet-json"
    case betProtobuf = "bet-protobuf"
    case statsJSON = "stats-json"
    case tokens
    case httpRequests = "http-requests"
    case webSocketFrames = "websocket-frames"

    /// Reads the bytes.
    func take(_ bytes: [UInt8]) {
        switch self {
        case .betJSON: takeBet(bytes, as: .json)
        case .betProtobuf: takeBet(bytes, as: .protobuf)
        case .statsJSON: takeStats(bytes)
        case .tokens: takeToken(bytes)
        case .httpRequests: takeRequests(bytes)
        case .webSocketFrames: takeFrames(bytes)
        }
    }

    // MARK: Bets and figures

    /// What is a bet is the same bet after it was written in either encoding.
    private func takeBet(_ bytes: [UInt8], as type: ContentType) {
        guard let bet = try? unsafe BetDecoder().decode(bytes.span.bytes, as: type) else { return }
        for other in [ContentType.json, .protobuf] {
            var written: [UInt8] = []
            BetEncoder.encode(bet, as: other, into: &written)
            let again = try? unsafe BetDecoder().decode(written.span.bytes, as: other)
            precondition(again == bet, "a bet changed on its way")
        }
    }

    /// What a pod said is the same after it was written; the original engine's messages are not
    /// written.
    private func takeStats(_ bytes: [UInt8]) {
        guard let stats = try? unsafe StatsDecoder().decode(bytes.span.bytes), stats.epoch > 0
        else {
            return
        }
        let written = StatsMessage.body(stats)
        let again = try? unsafe StatsDecoder().decode(written.span.bytes)
        precondition(again == stats, "figures changed on their way")
    }

    // MARK: Tokens

    /// A token that anybody wrote is nobody's; one that was signed is taken only for what it says.
    /// The bytes are a token, or header and payload of one, two lines, that is signed here.
    private func takeToken(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let (key, verifier) = Self.signing else { return }
        let claims = try? verifier.verify(text, now: 0)
        precondition(claims == nil, "a token nobody signed was taken")
        let lines = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard lines.count == 2,
            let token = try? TokenMaker(key: key).token(
                header: String(lines[0]),
                payload: String(lines[1])
            ),
            let claims = try? verifier.verify(token, now: 0)
        else { return }
        precondition(claims.userID > 0 && claims.expiresAt >= 0, "claims that cannot be")
        let again = try? TokenMaker(key: key).token(for: claims, now: 0)
        let taken = again.flatMap { try? verifier.verify($0, now: 0) }
        precondition(taken == claims, "claims changed on their way")
    }

    private static let signing: (key: TokenKey, verifier: TokenVerifier)? = {
        let secret = Array("the key of the fuzzer, 32 bytes and more".utf8)
        return (try? TokenKey(secret, for: .hs256)).map { ($0, TokenVerifier(keys: [$0])) }
    }()

    // MARK: The server's side of a connection

    /// How bytes are cut on their way makes no difference. The first byte says how.
    private func pieces(_ bytes: [UInt8]) -> [[UInt8]] {
        guard let first = bytes.first else { return [] }
        let size = Int(first) + 1
        return stride(from: 1, to: bytes.count, by: size).map {
            Array(bytes[$0..<min($0 + size, bytes.count)])
        }
    }

    private func takeRequests(_ bytes: [UInt8]) {
        let inPieces = requests(pieces(bytes))
        let atOnce = requests([Array(bytes.dropFirst())])
        precondition(inPieces == atOnce, "requests depend on how their bytes were cut")
    }

    /// The steps of a reader, up to the last that can be trusted.
    private func requests(_ pieces: [[UInt8]]) -> [String] {
        var reader = RequestReader(limits: WebServerLimits())
        var steps: [String] = []
        for piece in pieces {
            reader.append(piece)
            while true {
                switch reader.next() {
                case .needsMore: break
                // Told only when the body has not come yet: this does depend on the cut.
                case .wantsContinue: continue
                case .request(let head, let body):
                    steps.append("\(head) \(body)")
                    _ = WebSocketHandshake.refusal(head, origins: .sameOriginAndLocalhost)
                    continue
                case .refused(let failure):
                    return steps + ["\(failure)"]
                }
                break
            }
        }
        return steps
    }

    private func takeFrames(_ bytes: [UInt8]) {
        let inPieces = frames(pieces(bytes))
        let atOnce = frames([Array(bytes.dropFirst())])
        precondition(inPieces == atOnce, "frames depend on how their bytes were cut")
    }

    private func frames(_ pieces: [[UInt8]]) -> [FrameReader.Event] {
        var reader = FrameReader(limits: WebServerLimits())
        var events: [FrameReader.Event] = []
        for piece in pieces {
            reader.append(piece)
            while let event = reader.next() {
                events.append(event)
                switch event {
                case .failure, .close: return events
                default: continue
                }
            }
        }
        return events
    }
}
