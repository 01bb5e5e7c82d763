import Betting
package import LedgerStore

/// All money of the system, whether it adds up, and the placed bets that are not in the stream yet.
package struct MoneyFigures: Sendable, Equatable {
    /// A placed bet that waits longer to be published is a violation (I18).
    private static let unpublishedSecondsMax = 60.0

    package let summary: MoneySummary
    package let unpublishedCount: Int64
    /// 0 when there is none.
    package let unpublishedSeconds: Double

    package init(
        _ summary: MoneySummary,
        unpublishedCount: Int64 = 0,
        unpublishedSeconds: Double = 0
    ) {
        self.summary = summary
        self.unpublishedCount = unpublishedCount
        self.unpublishedSeconds = unpublishedSeconds
    }

    /// Whether anybody uses wallets here.
    package var isUsed: Bool { summary.walletCount > 0 || summary.deposits != .zero }

    /// Sentences for a person; empty while everything adds up.
    package var violations: [String] {
        var found: [String] = []
        if summary.imbalance != .zero {
            found.append(
                "Wallets, open stakes and house together are \(difference(summary.imbalance)) "
                    + "what was paid in."
            )
        }
        if summary.lockedImbalance != .zero {
            found.append(
                "What wallets have locked is \(difference(summary.lockedImbalance)) the open stakes."
            )
        }
        if unpublishedSeconds > Self.unpublishedSecondsMax {
            found.append(
                "A placed bet has waited \(Int(unpublishedSeconds)) s to be published: is a worker "
                    + "running?"
            )
        }
        return found
    }

    private func difference(_ amount: MoneySum) -> String {
        fixedDecimal(Int128(amount.units.magnitude)) + (amount < .zero ? " below" : " above")
    }
}
