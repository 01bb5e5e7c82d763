import Betting
import LedgerStore
import Telemetry

/// The money of the frame: null while nobody uses wallets, or Postgres has not said.
extension FrameWriter {
    func writeMoney(_ figures: MoneyFigures?, _ json: inout JSONWriter) {
        guard let figures, figures.isUsed else {
            json.field("money", rawNumber: "null")
            return
        }
        let summary = figures.summary
        json.beginObject("money")
        json.field("deposits_text", fixedDecimal(summary.deposits.units))
        json.field("wallets_text", fixedDecimal(summary.wallets.units))
        json.field("locked_text", fixedDecimal(summary.locked.units))
        json.field("open_stakes_text", fixedDecimal(summary.openStakes.units))
        json.field("house_text", fixedDecimal(summary.house.units))
        json.field("difference_text", fixedDecimal(summary.imbalance.units))
        json.field("wallets", summary.walletCount)
        json.field("unpublished_bets", figures.unpublishedCount)
        json.beginArray("violations")
        for violation in figures.violations { json.element(violation) }
        json.endArray()
        json.endObject()
    }
}
