/// What becomes of a fraction of a unit.
package enum MoneyRounding: Sendable {
    /// It is dropped.
    case towardZero
    /// To the nearest unit, a tie to the even one.
    case halfEven

    /// `dividend / divisor` as a whole number; the divisor is not 0 and both are products of at
    /// most two 64-bit values, so nothing here overflows.
    func quotient(of dividend: Int128, by divisor: Int128) -> Int128 {
        let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        guard self == .halfEven, remainder != 0 else { return quotient }
        let twice = remainder.magnitude * 2
        let isUp = twice > divisor.magnitude || (twice == divisor.magnitude && quotient % 2 != 0)
        guard isUp else { return quotient }
        return (dividend < 0) == (divisor < 0) ? quotient + 1 : quotient - 1
    }
}
