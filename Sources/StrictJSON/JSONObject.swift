/// One JSON object that was strict to the last byte (RFC 8259): no key twice, no lone surrogate, no
/// NUL, nothing around it, at most eight levels.
package struct JSONObject: Sendable, Equatable {
    package struct Member: Sendable, Equatable {
        package let name: String
        package let value: JSONValue
    }

    /// In the order of the text.
    package let members: [Member]

    /// The value under a name; nil when there is none.
    package subscript(_ name: String) -> JSONValue? {
        members.first { $0.name == name }?.value
    }
}

/// A value of an object's member.
package enum JSONValue: Sendable, Equatable {
    case null
    case boolean(Bool)
    /// As it was written, in JSON's grammar: what it is worth is the caller's to say.
    case number(String)
    /// Without its escapes.
    case string(String)
    /// Its elements; arrays and objects among them are empty ones.
    case array([JSONValue])
    /// Checked, but not handed out.
    case object
}
