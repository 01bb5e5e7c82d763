#if DEBUG
    import Betting
    import Glibc
    import ServiceKit

    /// Where a bet ends the process, for the tests of what becomes of such a bet: `POISON_ID` names
    /// it, `POISON_POINT` where. Debug builds only.
    enum PoisonPoint: String {
        case decoding
        case storing

        private static let id = Environment.ofProcess().string("POISON_ID")
        private static let point =
            PoisonPoint(rawValue: Environment.ofProcess().string("POISON_POINT") ?? "") ?? .decoding

        func meet(_ bet: BetID) {
            guard let id = Self.id, Self.point == self, bet.description == id else { return }
            abort()
        }
    }
#endif
