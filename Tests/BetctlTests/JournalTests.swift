import Testing

@testable import betctl

@Suite struct `A journal` {
    static let id = "0b9c2f6e-5d1e-4b42-9f7a-2f6f0c1f5a11"

    static let lines: [(String, JournalLine?)] = [
        (#"{"t":"try","id":"\#(id)"}"#, .attempt(id: id)),
        (#"{ "t": "try", "id": "x" }"#, .attempt(id: "x")),
        (
            #"{"t":"ack","id":"x","epoch":1763700000000000000,"seq":7,"dup":true}"#,
            .acknowledged(id: "x", epoch: 1_763_700_000_000_000_000, sequence: 7, isDuplicate: true)
        ),
        (#"{"t":"refused","id":"x","code":10077}"#, .refused(id: "x")),
        (#"{"t":"run","options":{"seed":[1]}}"#, .other),
        (#"{"t":"ack","id":"x","epoch":1,"se"#, nil),
        (#"{"t":"ack","id":"x","epoch":1}"#, nil),
        (#"{"t":"try","id":"x"} "#, .attempt(id: "x")),
        (#"{"t":"try","id":"x"}}"#, nil),
        (#"{"t":"try","id":"a\"b"}"#, nil),
        ("garbage", nil),
    ]

    @Test(arguments: lines)
    func `is read line by line`(text: String, line: JournalLine?) {
        #expect(JournalLine(Array(text.utf8)) == line)
    }

    @Test func `that was cut off by a crash is read up to there`() {
        let journal = Journal(lines: [
            #"{"t":"try","id":"\#(Self.id)"}"#,
            #"{"t":"ack","id":"\#(Self.id)","epoch":1,"seq":2,"dup":false}"#,
            #"{"t":"try","id":"0b9c"#,
        ])
        #expect(journal.attemptCount == 1)
        #expect(journal.acknowledgements.map(\.sequence) == [2])
        #expect(journal.unreadableCount == 1)
    }
}
