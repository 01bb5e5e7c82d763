/// What an answer that tells of an error is made of.
package struct HTTPFailure: Sendable, Equatable {
    package let status: Int
    /// For programs, `lower_snake_case`.
    package let code: String
    /// For people; nothing secret.
    package let message: String

    /// Writes a failure in the shape that a service's clients know.
    ///
    /// - Returns: the body and its type.
    package typealias Writer = @Sendable (HTTPFailure) -> (contentType: String, body: [UInt8])
}
