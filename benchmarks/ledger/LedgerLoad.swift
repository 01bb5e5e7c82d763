import Betting
import Ledger
import LedgerStore
import PostgresClient
import Synchronization
import Threading

/// Places bets as an API's placing threads would, in groups. What is placed follows from the seed: the
/// same load again is the same bets again, with the same keys.
struct LedgerLoad: Sendable {
    /// Of each wallet, enough for any load.
    private static let deposit = Money(units: 1_000_000 * Money.unitsPerWhole)
    private static let stake = Money(units: Money.unitsPerWhole)
    private static let rounds: UInt64 = 16

    let users: Int64
    /// Bets in all.
    let count: Int
    /// Bets of one transaction.
    let group: Int
    let threads: Int
    let seed: UInt64

    /// What became of the bets, and the seconds it took.
    struct Result {
        var accepted = 0
        var replayed = 0
        var other = 0
        var seconds = 0.0
    }

    /// Makes rounds and wallets that are not there.
    func prepare(_ configuration: PostgresConfiguration) throws {
        let connection = try PostgresConnection(configuration)
        defer { connection.close() }
        let store = LedgerStore(connection)
        for index in 0..<Self.rounds {
            if let round = Self.round(index) { _ = try store.createRound(round) }
        }
        for number in 1...users {
            guard let user = UserID(number) else { continue }
            _ = try store.deposit(Self.deposit, to: user, key: "load \(number)")
        }
    }

    /// Places all of them; blocks.
    func run(_ configuration: PostgresConfiguration) throws -> Result {
        let groups = Mutex(stride(from: 0, to: count, by: group).makeIterator())
        let state = Monitor((running: threads, result: Result(), failure: String?.none))
        let begunAt = ContinuousClock.now
        for number in 0..<threads {
            BlockingThread.start("load-\(number)") {
                var result = Result()
                var failure: String?
                do {
                    let connection = try PostgresConnection(configuration)
                    defer { connection.close() }
                    let store = LedgerStore(connection)
                    while let first = groups.withLock({ $0.next() }) {
                        try place(first, store, &result)
                    }
                } catch {
                    failure = "\(error)"
                }
                let (own, problem) = (result, failure)
                state.update { state in
                    state.running -= 1
                    state.result.accepted += own.accepted
                    state.result.replayed += own.replayed
                    state.result.other += own.other
                    state.failure = state.failure ?? problem
                }
            }
        }
        var result = try state.wait { state in
            state.running == 0 ? .done(Swift.Result<Result, LoadFailure>(state)) : .wait
        }.get()
        result.seconds = begunAt.duration(to: .now) / .seconds(1)
        return result
    }

    private func place(_ first: Int, _ store: LedgerStore, _ result: inout Result) throws {
        let placements = (first..<min(first + group, count)).compactMap(placement)
        let outcomes = try store.placeBets(placements) { placement, balance in
            StoredAnswer(
                status: 202,
                body: #"{"betId":"\#(placement.betID)","balance":"\#(balance)"}"#
            )
        }
        for outcome in outcomes {
            switch outcome {
            case .accepted: result.accepted += 1
            case .replayed: result.replayed += 1
            default: result.other += 1
            }
        }
    }

    private func placement(_ index: Int) -> Placement? {
        var mixer = SplitMix(state: seed &+ UInt64(index) &* 0x2545_f491_4f6c_dd1d)
        let (high, low, choice) = (mixer.next(), mixer.next(), mixer.next())
        guard let bet = BetID(high: high, low: low),
            let user = UserID(Int64(choice % UInt64(users)) + 1),
            let round = Self.round(choice >> 40 % Self.rounds)
        else { return nil }
        return Placement(
            betID: bet,
            user: user,
            round: round,
            side: choice >> 32 & 1 == 0 ? .a : .b,
            stake: Self.stake,
            key: IdempotencyKey(endpoint: "POST /api/bets", text: "load \(seed) \(index)"),
            requestHash: Array(repeating: UInt8(truncatingIfNeeded: choice), count: 32)
        )
    }

    private static func round(_ index: UInt64) -> Identifier? { Identifier("load-\(index)") }
}

/// Why a load broke off.
struct LoadFailure: Error, CustomStringConvertible {
    let description: String
}

extension Swift.Result where Success == LedgerLoad.Result, Failure == LoadFailure {
    fileprivate init(_ state: (running: Int, result: LedgerLoad.Result, failure: String?)) {
        self =
            state.failure.map { .failure(LoadFailure(description: $0)) } ?? .success(state.result)
    }
}

/// Random numbers that a seed repeats.
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
