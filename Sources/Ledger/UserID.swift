/// Whose wallet: 1 … 2⁶³−1.
package struct UserID: Hashable, Comparable, Sendable {
    package let rawValue: Int64

    /// Nil unless the number is above 0.
    package init?(_ rawValue: Int64) {
        guard rawValue > 0 else { return nil }
        self.rawValue = rawValue
    }

    package static func < (left: UserID, right: UserID) -> Bool { left.rawValue < right.rawValue }
}

extension UserID: CustomStringConvertible {
    package var description: String { String(rawValue) }
}
