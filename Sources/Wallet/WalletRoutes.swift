import Betting
import Ledger
import PostgresClient
import Threading
import WebServer

/// From a request to the thread that answers it: who asks is checked and what they want is
/// understood on the server's thread, which takes microseconds; what may wait is done elsewhere.
struct WalletRoutes: Sendable {
    let gate: Gate
    let bank: LedgerBank
    let placers: Placers
    let workers: Workers
    let waker: WorkerWaker
    /// Set when nothing new is taken.
    let stopping: Flag
    let metrics: WalletMetrics
    let maxBet: Money
    let operators: OperatorQuestions
    private let players = PlayerQuestions()
    private let inHand = InHand()

    /// - Parameter operations: which of them; operators' may have a port of their own.
    func routes(_ operations: [Operation]) -> [HTTPRoute] {
        operations.map { operation in
            HTTPRoute(
                operation.method,
                operation.pattern,
                .deferred { request, responder in
                    handle(operation, request, Reply(responder, operation, metrics))
                }
            )
        }
    }

    private func handle(_ operation: Operation, _ request: HTTPRequest, _ reply: Reply) {
        do throws(Problem) {
            let user = try gate.admit(request, to: operation)
            guard !stopping.load() else { throw Problem(.stopping, retryAfterSeconds: 1) }
            switch operation {
            case .placeBet: try place(request, user, reply)
            case .deposit: try deposit(request, reply)
            case .closeRound, .resolveRound:
                let question = try question(operation, request, user)
                try ask(question, reply) { waker.wake() }
            default: try ask(try question(operation, request, user), reply)
            }
        } catch {
            reply.respond(error)
        }
    }

    private func question(
        _ operation: Operation,
        _ request: HTTPRequest,
        _ user: UserID
    ) throws(Problem) -> Question {
        switch operation {
        case .bet: try players.bet(request, user)
        case .bets: try players.bets(request, user)
        case .cancelBet: try players.cancel(request, user)
        case .wallet: try players.wallet(request, user)
        case .ledger: try players.ledger(request, user)
        case .rounds: try players.rounds(request)
        case .round: try players.round(request)
        case .createRound: try operators.createRound(request)
        case .closeRound: try operators.closeRound(request)
        case .resolveRound: try operators.resolveRound(request)
        case .placeBet, .deposit: throw Problem(.internalError)
        }
    }

    private func place(
        _ request: HTTPRequest,
        _ user: UserID,
        _ reply: Reply
    ) throws(Problem) {
        let key = try RequestKey(request)
        let body = try RequestBody(request, fields: ["roundId", "amount", "side"])
        let round = try body.identifier("roundId")
        let side: Side = try body.choice("side")
        let stake = try body.amount("amount", max: maxBet)
        let digest = RequestKey.digest(
            ["POST /api/bets", "\(round)", side.rawValue, "\(stake.units)"]
        )
        guard let id = key.betID(user: user, digest: digest) else { throw Problem(.internalError) }
        let placement = Placement(
            betID: id,
            user: user,
            round: round,
            side: side,
            stake: stake,
            key: IdempotencyKey(endpoint: "POST /api/bets", text: key.text),
            requestHash: digest
        )
        try placers.take(WaitingPlacement(placement: placement, reply: reply, receivedAt: .now))
    }

    /// One at a time of each key: whoever comes meanwhile is told so.
    private func deposit(_ request: HTTPRequest, _ reply: Reply) throws(Problem) {
        let key = try RequestKey(request).text
        let question = try operators.deposit(request)
        guard inHand.begin(key) else { throw Problem(.requestInProgress, retryAfterSeconds: 1) }
        do throws(Problem) {
            try ask(question, reply) { inHand.end(key) }
        } catch {
            inHand.end(key)
            throw error
        }
    }

    private func ask(
        _ question: @escaping Question,
        _ reply: Reply,
        finally: @escaping @Sendable () -> Void = {}
    ) throws(Problem) {
        let isTaken = workers.run(
            { [bank] in
                do throws(Problem) {
                    let response = try bank.ask(question)
                    finally()
                    reply.respond(response)
                } catch {
                    finally()
                    reply.respond(error)
                }
            },
            tooLate: {
                finally()
                reply.respond(Problem(.noAnswerInTime))
            }
        )
        guard isTaken else { throw Problem(.busy, retryAfterSeconds: 1) }
    }
}

/// The way back to whoever asked, which counts what it answers.
struct Reply: Sendable {
    private let responder: HTTPResponder
    private let operation: Operation
    private let metrics: WalletMetrics

    init(
        _ responder: HTTPResponder,
        _ operation: Operation,
        _ metrics: WalletMetrics
    ) {
        self.responder = responder
        self.operation = operation
        self.metrics = metrics
    }

    func respond(_ problem: Problem) {
        metrics.countAnswer(operation, status: problem.code.status, problem: problem.code)
        responder.respond(problem.response)
    }

    func respond(_ answer: Answer) {
        switch answer {
        case .problem(let problem): respond(problem)
        case .done(let response):
            metrics.countAnswer(operation, status: response.status, problem: nil)
            responder.respond(response)
        }
    }
}

/// What became of a request.
enum Answer: Sendable {
    case done(HTTPResponse)
    case problem(Problem)
}
