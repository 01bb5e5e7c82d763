/// Statements for one round trip, each either a text of the program's own or a call of a prepared one.
///
/// A prepared statement is parsed and planned once a connection; in a script it costs its parameters
/// alone.
package struct Script: Sendable {
    enum Step: Sendable {
        case text(String)
        case call(Statement, [PostgresValue])
    }

    private(set) var steps: [Step] = []

    package init() {}

    /// A script of texts alone.
    package init(_ text: String) { append(text) }

    /// Adds statements separated by `;`, built from literals, integers and names of the program's own,
    /// never from input.
    package mutating func append(_ text: String) { steps.append(.text(text)) }

    /// Adds a call. The statement says each parameter's type, as in `$1::bigint[]`: values travel as
    /// text.
    package mutating func append(_ statement: Statement, _ parameters: [PostgresValue]) {
        steps.append(.call(statement, parameters))
    }

    /// The statements that have to be prepared.
    var statements: [Statement] {
        steps.compactMap { step in
            if case .call(let statement, _) = step { statement } else { nil }
        }
    }

    /// What is sent.
    ///
    /// - Parameter names: of the prepared statements.
    func text(_ names: [Statement: String]) -> String {
        var text: [UInt8] = []
        for (index, step) in steps.enumerated() {
            if index > 0 { text += "; ".utf8 }
            switch step {
            case .text(let statement): text += statement.utf8
            case .call(let statement, let parameters):
                text += "EXECUTE \(names[statement] ?? "")".utf8
                append(parameters, to: &text)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private func append(_ parameters: [PostgresValue], to text: inout [UInt8]) {
        for (index, value) in parameters.enumerated() {
            text += (index == 0 ? " (" : ", ").utf8
            TextEncoding.append(literal: value, to: &text)
        }
        if !parameters.isEmpty { text.append(UInt8(ascii: ")")) }
    }
}
