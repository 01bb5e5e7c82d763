package import Betting
import PostgresClient

/// All money of the system, as of one moment.
package struct MoneySummary: Hashable, Sendable {
    /// Paid in.
    package let deposits: MoneySum
    /// What users may stake, by the wallets' rows.
    package let wallets: MoneySum
    /// What users have locked, by the wallets' rows.
    package let locked: MoneySum
    /// Stakes that are open, or matched and not settled, by the ledger.
    package let openStakes: MoneySum
    package let house: MoneySum
    package let walletCount: Int64

    /// What is there beyond what was paid in: anything but 0 is a violation.
    package var imbalance: MoneySum { wallets + openStakes + house - deposits }

    /// What wallets have locked beyond what the ledger has staked: anything but 0 is a violation.
    package var lockedImbalance: MoneySum { locked - openStakes }
}

/// How much work waits.
package struct MoneyBacklog: Sendable {
    package let outboxCount: Int64
    /// 0 for an empty outbox.
    package let outboxOldestSeconds: Double
}

/// A round in which something is left to do.
package struct UnsettledRound: Hashable, Sendable {
    package let round: Round
    package let openBetCount: Int64
    package let openStakes: MoneySum
    package let openMatchCount: Int64
    /// Both sides together.
    package let matchedStakes: MoneySum
}
