import Betting
import Ledger
import LedgerStore
import PostgresClient

/// `betctl wallets`
struct WalletsCommand: Command {
    static let name = "wallets"
    static let usage = """
        betctl wallets [--limit 100]
            all money by account, and users' wallets in the order of their numbers
        betctl wallets USER [--limit 100]
            one wallet and its newest entries
        """

    private static let defaultLimit = 100

    private let user: UserID?
    private let limit: Int

    init(_ arguments: [String]) throws(UsageError) {
        let parsed = try Arguments(arguments, options: ["--limit"], wordsMax: 1)
        limit = try parsed.integer("--limit", in: 1...1_000_000) ?? Self.defaultLimit
        guard let word = parsed.words.first else {
            user = nil
            return
        }
        guard let user = Int64(word).flatMap(UserID.init) else {
            throw UsageError("'\(word)' is not a user's number")
        }
        self.user = user
    }

    func run(in session: Session) throws -> ExitStatus {
        let connection = try session.postgres()
        defer { connection.close() }
        let store = LedgerStore(connection)
        if let user { return try show(user, store) }
        let money = try store.moneySummary()
        print(
            TextTable.lines(
                [
                    ["account", "money"], ["deposits", "\(money.deposits)"],
                    ["wallets", "\(money.wallets)"], ["open stakes", "\(money.openStakes)"],
                    ["house", "\(money.house)"], ["imbalance", "\(money.imbalance)"],
                ]
            )
        )
        print("")
        let wallets = try store.wallets(limit: limit)
        print(
            TextTable.lines(
                [["user", "balance", "locked"]]
                    + wallets.map { ["\($0.user)", "\($0.balance)", "\($0.locked)"] }
            )
        )
        if money.walletCount > Int64(wallets.count) {
            print("\(money.walletCount - Int64(wallets.count)) more")
        }
        return money.imbalance == .zero ? .success : .failure
    }

    private func show(_ user: UserID, _ store: LedgerStore) throws -> ExitStatus {
        let wallet = try store.wallet(of: user)
        print("user \(user): balance \(wallet.balance), locked \(wallet.locked)\n")
        let entries = try store.ledger(of: user, limit: min(limit, LedgerStore.pageRowsMax))
        print(
            TextTable.lines(
                [["entry", "when", "amount", "balance", "for"]]
                    + entries.map {
                        [
                            "\($0.id)", "\($0.createdAt)", "\($0.amount)", "\($0.balanceAfter)",
                            $0.key,
                        ]
                    }
            )
        )
        return .success
    }
}
