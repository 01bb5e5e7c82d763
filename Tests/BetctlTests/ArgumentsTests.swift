import Testing

@testable import betctl

@Suite struct `Command lines` {
    @Test func `are taken apart`() throws {
        let parsed = try Arguments(
            ["a", "--yes", "--limit=3", "--timeout", "90s", "--", "--b"],
            flags: ["--yes"],
            options: ["--limit", "--timeout"],
            wordsMax: 2
        )
        #expect(parsed.words == ["a", "--b"])
        #expect(parsed.has("--yes"))
        #expect(try parsed.integer("--limit", in: 1...9) == 3)
        #expect(try parsed.duration("--timeout") == .seconds(90))
    }

    @Test(
        arguments: [
            (["--nope"], "unknown option --nope"), (["--limit"], "--limit needs a value"),
            (["--yes=1"], "--yes takes no value"), (["word"], "'word' is one word too many"),
            (["--limit", "1", "--limit=2"], "--limit is given twice"),
        ]
    )
    func `that make no sense say why`(words: [String], complaint: String) {
        let error = #expect(throws: UsageError.self) {
            try Arguments(words, flags: ["--yes"], options: ["--limit"])
        }
        #expect(error?.description == complaint)
    }

    @Test(arguments: ["", "s", "1d", "-1s", "1.5s", "99999999999s"])
    func `times of another shape are refused`(text: String) throws {
        let parsed = try Arguments(["--timeout=\(text)"], options: ["--timeout"])
        #expect(throws: UsageError.self) { try parsed.duration("--timeout") }
    }
}
