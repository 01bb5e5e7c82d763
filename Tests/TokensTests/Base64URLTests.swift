import Testing

@testable import Tokens

@Suite struct `Base64 for URLs` {
    @Test func `reads what it wrote`() {
        var generator = SystemRandomNumberGenerator()
        for count in 0..<70 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let text = Base64URL.encode(bytes)
            #expect(Base64URL.decode(Array(text.utf8)[...]) == bytes, "of \(bytes)")
        }
        #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8")
    }

    /// "QQ" is "A"; "QR" differs only in bits that mean nothing.
    @Test(arguments: ["A", "QR", "QQ=", "QQ==", "Q Q", "+/8", "QUI\n", "QUJDR"])
    func `has one form only`(text: String) {
        #expect(Base64URL.decode(Array(text.utf8)[...]) == nil)
    }
}
