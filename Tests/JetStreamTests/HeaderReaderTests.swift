import Testing

@testable import JetStream

@Suite
struct `Header block` {
    private func find(_ name: String, _ block: String) -> String? {
        let bytes = Array(block.utf8)
        guard let range = unsafe HeaderReader.find(name, in: bytes.span.bytes) else { return nil }
        return String(decoding: bytes[range], as: UTF8.self)
    }

    private func lines(_ block: String) -> [String]? {
        let bytes = Array(block.utf8)
        let span = unsafe bytes.span.bytes
        guard var reader = HeaderReader(span) else { return nil }
        var result: [String] = []
        while let line = reader.next(span) {
            let name = String(decoding: bytes[line.name], as: UTF8.self)
            let value = String(decoding: bytes[line.value], as: UTF8.self)
            result.append("\(name)=\(value)")
        }
        return result
    }

    @Test(arguments: [
        ("NATS/1.0\r\nA: 1\r\n\r\n", "A", "1"),
        ("NATS/1.0\r\nB: 2\r\nA:1\r\n\r\n", "A", "1"),
        ("NATS/1.0\r\na: 2\r\nA: 1\r\n\r\n", "A", "1"),
        ("NATS/1.0\r\nnats-msg-id: x\r\n\r\n", "Nats-Msg-Id", "x"),
        ("NATS/1.0\r\nA: 1\r\nA: 2\r\n\r\n", "A", "1"),
        ("NATS/1.0\r\nA:  spaced\t \r\n\r\n", "A", "spaced"),
        ("NATS/1.0\r\nA: b:c\r\n\r\n", "A", "b:c"),
        ("NATS/1.0\r\nA:\r\n\r\n", "A", ""),
        ("NATS/1.0 404 Not Found\r\n\r\n", "Status", "404"),
        ("NATS/1.0 404 Not Found\r\n\r\n", "Description", "Not Found"),
        ("NATS/1.0 503\r\n\r\n", "Status", "503"),
        ("NATS/1.0 100\r\nStatus: mine\r\n\r\n", "Status", "mine"),
        ("NATS/1.0\r\nA: cut", "A", "cut"),
    ])
    func `yields the value of a header`(block: String, name: String, value: String) {
        #expect(find(name, block) == value)
    }

    @Test(arguments: [
        ("NATS/1.0\r\nAB: 1\r\n\r\n", "A"),
        ("NATS/1.0\r\nA: 1\r\n\r\n", "AB"),
        ("NATS/1.0\r\n[: 1\r\n\r\n", "{"),
        ("NATS/1.0\r\nno colon\r\n\r\n", "no colon"),
        ("NATS/1.0\r\n\r\n", "Status"),
        ("NATS/1.0 404\r\n\r\n", "Description"),
        ("NATS/2.0\r\nA: 1\r\n\r\n", "A"),
        ("NATS/1.0", "A"),
        ("", "A"),
    ])
    func `has nothing for other names and other blocks`(block: String, name: String) {
        #expect(find(name, block) == nil)
    }

    @Test
    func `keeps every line in order`() {
        let block = "NATS/1.0 100 Idle\r\nA: 1\r\nbad\r\nA: 2\r\n folded\r\n: x\r\n\r\n"
        #expect(lines(block) == ["A=1", "=bad", "A=2", "=folded", "=x"])
        #expect(lines("HTTP/1.1\r\nA: 1\r\n\r\n") == nil)
    }

    @Test
    func `never traps on random bytes`() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SplitMix(state: seed)
        let alphabet = Array("A:\r\n \t\u{0}9".utf8)
        for _ in 0..<20_000 {
            var bytes = Array("NATS/1.0".utf8)
            for _ in 0..<Int(random.next() % 40) {
                bytes.append(alphabet[Int(random.next() % UInt64(alphabet.count))])
            }
            let span = unsafe bytes.span.bytes
            _ = HeaderReader.find("A", in: span)
            guard var reader = HeaderReader(span) else { continue }
            var count = 0
            while let line = reader.next(span) {
                #expect(line.value.upperBound <= bytes.count, "seed \(seed)")
                count += 1
            }
            #expect(count <= bytes.count, "seed \(seed)")
        }
    }
}
