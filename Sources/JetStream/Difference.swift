/// One setting that is not as wanted.
package struct Difference: Sendable, Equatable, CustomStringConvertible {
    /// The server's name of the setting, for instance `ack_wait`.
    package var field: String
    package var wanted: String
    package var actual: String

    package init(field: String, wanted: String, actual: String) {
        self.field = field
        self.wanted = wanted
        self.actual = actual
    }

    package var description: String { "\(field) is \(actual), wanted \(wanted)" }
}
