/// What was found about one invariant.
struct AuditCheck: Sendable, Equatable {
    enum Result: String, Sendable {
        case ok
        /// It does not hold.
        case violated
        /// It could not be decided in the time, or a server did not answer.
        case undecided
        /// It was not asked for.
        case skipped
    }

    /// The invariant's short name, as in `docs/AUDIT.md`.
    let id: String
    let title: String
    let result: Result
    /// Figures, and the first examples of what is wrong.
    let detail: String
}
