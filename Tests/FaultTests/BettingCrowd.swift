import EngineHarness
import Foundation
import Synchronization
import TestSupport
import Tokens

/// Users who place bets over HTTP at a steady pace, each bet when it is due, whatever became of those
/// before; and the operator who runs the rounds.
final class BettingCrowd: Sendable {
    static let users = 40
    private static let deposit = 10_000

    let port: Int
    private let maker: TokenMaker
    /// How often which status was answered.
    private let answers = Mutex<[Int: Int]>([:])

    /// Deposits for everybody.
    init(port: Int, key: [UInt8]) async throws {
        self.port = port
        maker = TokenMaker(key: try TokenKey(key, for: .hs256))
        for user in 1...Self.users {
            let body = #"{"userId":\#(user),"amount":\#(Self.deposit)}"#
            try await operate("deposits", body, key: "crowd-\(user)")
        }
    }

    /// By status, how many bets were answered so.
    var statuses: [Int: Int] { answers.withLock { $0 } }

    func open(_ round: String) async throws {
        try await operate("rounds", #"{"id":"\#(round)"}"#)
    }

    func resolve(_ round: String, _ winner: String) async throws {
        try await operate("rounds/\(round)/result", #"{"winner":"\#(winner)"}"#)
    }

    /// Places bets of all users on both sides, from `first` on.
    ///
    /// - Parameter rate: bets a second.
    func place(_ count: Int, from first: Int, rate: Int, in round: String) async throws {
        let begin = ContinuousClock.now
        try await withThrowingDiscardingTaskGroup { group in
            for number in 0..<count {
                try await lasting(until: begin + .seconds(1) * number / rate)
                group.addTask { try await self.place(first + number, in: round) }
            }
        }
    }

    private func place(_ number: Int, in round: String) async throws {
        let side = number / Self.users % 2 == number % 2 ? "A" : "B"
        let answer = try await ask(
            "/api/bets",
            #"{"roundId":"\#(round)","side":"\#(side)","amount":\#(1 + number % 17)}"#,
            token: try token(1 + number % Self.users),
            key: "bet-\(number)"
        )
        answers.withLock { $0[answer.status, default: 0] += 1 }
    }

    private func operate(_ path: String, _ body: String, key: String? = nil) async throws {
        let token = try token(1_000, isOperator: true)
        let answer = try await ask("/api/admin/\(path)", body, token: token, key: key)
        guard (200...201).contains(answer.status) else {
            throw FixtureError("\(path): \(answer.status) \(answer.text)")
        }
    }

    private func ask(
        _ path: String,
        _ body: String,
        token: String,
        key: String?
    ) async throws -> HTTPAnswer {
        var headers = [
            "Authorization": "Bearer \(token)", "Content-Type": "application/json",
        ]
        headers["Idempotency-Key"] = key
        return try await HTTPAnswer.get(
            port: port,
            path,
            method: "POST",
            headers: headers,
            body: body
        )
    }

    private func token(_ user: Int, isOperator: Bool = false) throws -> String {
        let now = Int64(Date().timeIntervalSince1970)
        let claims = TokenClaims(
            userID: Int64(user),
            isOperator: isOperator,
            expiresAt: now + 600
        )
        return try maker.token(for: claims, now: now)
    }
}
