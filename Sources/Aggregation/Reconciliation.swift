/// Whether what was published, what was stored and what is counted agree.
package struct Reconciliation: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        /// All is stored and counted.
        case ok
        /// Bets are on their way.
        case catchingUp = "catching_up"
        /// A promise is broken.
        case violated
        /// A server that is needed does not answer.
        case unknown
    }

    package var state = State.unknown
    /// Nil while NATS does not answer.
    package var published: Int64?
    /// Nil while Postgres does not answer, as the next five.
    package var stored: Int64?
    package var duplicates: Int64?
    package var rejected: Int64?
    package var outcomes: Int64?
    /// Published, without an outcome, and gone from the stream: nothing will come of them.
    package var lost: Int64?
    /// Published without an outcome yet, and not lost; nil while one of the two does not answer.
    package var inFlight: Int64?
    package var oldestUnresolvedSequence: Int64?
    /// Each broken promise as a sentence for a person.
    package var violations: [String] = []

    package init() {}
}
