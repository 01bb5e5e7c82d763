/// Why a text or a sum is no amount of money.
package enum MoneyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text does not follow JSON's grammar for numbers.
    case notANumber
    /// More than eight decimals would be needed.
    case tooPrecise
    /// The value does not fit.
    case overflow

    package var description: String {
        switch self {
        case .notANumber: "not a decimal number"
        case .tooPrecise: "more than \(Money.scale) decimals"
        case .overflow: "outside the range of an amount"
        }
    }
}
