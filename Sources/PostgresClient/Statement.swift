/// The text of one SQL statement, with `$1`, `$2` … for its parameters.
///
/// A connection prepares a statement the first time it meets it. Build the text from literals:
/// values belong into the parameters, and each new text costs the server a plan.
package struct Statement: Hashable, Sendable, ExpressibleByStringLiteral {
    package let text: String

    package init(_ text: String) { self.text = text }

    package init(stringLiteral text: StaticString) { self.text = text.description }
}
