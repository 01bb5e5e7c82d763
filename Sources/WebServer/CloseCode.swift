/// Why a WebSocket is closed (RFC 6455, 7.4).
package struct CloseCode: RawRepresentable, Sendable, Equatable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    package static let normal = CloseCode(rawValue: 1000)
    /// The server stops.
    package static let goingAway = CloseCode(rawValue: 1001)
    /// The bytes are no WebSocket frames: unmasked, reserved bits, broken or endless fragments.
    package static let protocolError = CloseCode(rawValue: 1002)
    /// Binary messages are not taken.
    package static let unsupportedData = CloseCode(rawValue: 1003)
    /// Text that is not UTF-8.
    package static let invalidData = CloseCode(rawValue: 1007)
    /// Too many messages, or a service's own rule.
    package static let policyViolation = CloseCode(rawValue: 1008)
    package static let messageTooBig = CloseCode(rawValue: 1009)
    /// The client does not keep up; it should come back later.
    package static let tryAgainLater = CloseCode(rawValue: 1013)

    /// Whether a peer may send the code in a close frame.
    var isValidOnWire: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
