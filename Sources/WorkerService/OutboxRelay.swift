import BetCodec
import Betting
import JetStream
import Ledger
import LedgerStore
import Synchronization
import Telemetry
import Topology

/// Publishes placed bets to `bets`, and says which of them the stream has.
final class OutboxRelay: Sendable {
    /// Bets of one transaction, and publishes in flight.
    static let bets = 1_000
    /// Postgres hangs up on a transaction that idles for 10 s.
    private static let acknowledgementMilliseconds = 3_000
    private static let waitMilliseconds = 4_000

    private let publisher: Publisher
    private let outcomes: Outcomes
    private let logger: Logger

    /// Numbers that were acknowledged since they were last asked for, and what else happened.
    private final class Outcomes: Sendable {
        struct State {
            var sent: [Int64] = []
            var refusal: String?
        }

        let state = Mutex(State())

        func note(_ outcome: PublishOutcome) {
            state.withLock { state in
                switch outcome {
                case .acknowledged(let token, _, _, _, _):
                    state.sent.append(Int64(bitPattern: token))
                case .refused(_, _, let code, let text): state.refusal = "\(text) (\(code))"
                case .unknown(_, let why): state.refusal = why.rawValue
                }
            }
        }

        func take() -> State {
            state.withLock { state in
                defer { state = State() }
                return state
            }
        }
    }

    init(on connection: NATSConnection, logger: Logger) throws(JetStreamError) {
        let outcomes = Outcomes()
        publisher = try Publisher(
            on: connection,
            windowMax: Self.bets,
            acknowledgementTimeoutMilliseconds: Self.acknowledgementMilliseconds
        ) { outcomes.note($0) }
        self.outcomes = outcomes
        self.logger = logger
    }

    func close() { publisher.close() }

    /// Publishes them all, waits for the answers, and returns the numbers of those the stream has.
    func publish(_ bets: [OutboxBet]) -> [Int64] {
        _ = outcomes.take()
        for bet in bets {
            guard let message = Self.message(bet) else { continue }
            var body: [UInt8] = []
            BetEncoder.json(message, into: &body)
            do throws(JetStreamError) {
                try publisher.publish(
                    Topology.betsSubject,
                    messageID: bet.id.description,
                    token: UInt64(bitPattern: bet.number),
                    body: body
                )
            } catch {
                logger.warning("a placed bet was not published", ["error": error])
                break
            }
        }
        _ = publisher.waitForAll(timeoutMilliseconds: Self.waitMilliseconds)
        let result = outcomes.take()
        if let refusal = result.refusal {
            logger.warning(
                "placed bets were not acknowledged; they are published again",
                ["count": bets.count - result.sent.count, "reason": refusal]
            )
        }
        return result.sent
    }

    /// The bet as ingest reads it. Nil for a side that is no name of a selection: there is none.
    private static func message(_ bet: OutboxBet) -> Bet? {
        Identifier(bet.side.rawValue).map { selection in
            Bet(
                id: bet.id,
                gameID: bet.round,
                betType: .matched,
                selection: selection,
                amount: bet.stake,
                userID: bet.user.rawValue,
                placedAt: bet.placedAt
            )
        }
    }
}
