import Cryptography
import Glibc
import ServiceKit
import Tokens

/// `betctl token`
struct TokenCommand: Command {
    static let name = "token"
    static let usage = """
        betctl token --user N [--operator] [--ttl 1h]
            print a token for the API: of user N, with --operator one that may also deposit and run
            rounds. It is signed with TOKEN_KEY_FILE; TOKEN_ALGORITHM, TOKEN_ISSUER and
            TOKEN_AUDIENCE are those of the server. Whoever has it is that user until it expires
        """

    private static let ttlDefault = Duration.seconds(3_600)
    private static let ttlMax = Duration.seconds(30 * 86_400)

    private let userID: Int64
    private let isOperator: Bool
    private let ttl: Duration

    init(_ arguments: [String]) throws(UsageError) {
        let parsed = try Arguments(
            arguments,
            flags: ["--operator"],
            options: ["--user", "--ttl"]
        )
        guard let user = try parsed.integer("--user", in: 1...Int.max) else {
            throw UsageError("--user is missing")
        }
        userID = Int64(user)
        isOperator = parsed.has("--operator")
        ttl = try parsed.duration("--ttl") ?? Self.ttlDefault
        guard ttl >= .seconds(1), ttl <= Self.ttlMax else {
            throw UsageError("--ttl: 1s to 720h is wanted")
        }
    }

    func run(in session: Session) throws -> ExitStatus {
        print(try token(session.environment, now: Int64(time(nil))))
        return .success
    }

    /// - Parameter now: seconds since 1970.
    func token(_ environment: Environment, now: Int64) throws -> String {
        let settings = try TokenSettings(environment)
        let claims = TokenClaims(
            userID: userID,
            isOperator: isOperator,
            expiresAt: now + ttl.components.seconds
        )
        let maker = TokenMaker(key: settings.key, rules: settings.rules)
        return try maker.token(for: claims, now: now)
    }
}
