import Testing

@testable import JetStream

@Suite
struct `Answer to a publish` {
    private func parse(_ json: String) -> PublishAnswer? {
        PublishAnswer(Array(json.utf8).span)
    }

    private func stored(_ stream: String, _ sequence: UInt64, _ isDuplicate: Bool) -> PublishAnswer
    {
        .acknowledged(
            PublishAcknowledgement(stream: stream, sequence: sequence, isDuplicate: isDuplicate)
        )
    }

    @Test
    func `is a receipt`() {
        #expect(parse(#"{"stream":"s","seq":7}"#) == stored("s", 7, false))
        #expect(parse(#"{"stream":"s", "seq":7, "duplicate": true}"#) == stored("s", 7, true))
        #expect(parse(#"{"stream":"s","seq":7,"duplicate":false}"#) == stored("s", 7, false))
        #expect(parse(#"{"stream":"s","domain":"hub","seq":1}"#) == stored("s", 1, false))
        #expect(parse(#"{"extra":{"seq":9,"a":{"b":1}},"stream":"s","seq":2}"#) == nil)
        #expect(parse(#"{"extra":{"seq":9},"stream":"s","seq":2} "#) == stored("s", 2, false))
        let most = UInt64.max
        #expect(parse(#"{"stream":"s","seq":\#(most)}"#) == stored("s", most, false))
    }

    @Test
    func `is a refusal`() {
        let full = """
            {"error":{"code":503,"err_code":10077,"description":"maximum bytes exceeded"},\
            "stream":"bets_stream","seq":0}
            """
        #expect(
            parse(full)
                == .refused(code: 503, errorCode: 10_077, description: "maximum bytes exceeded")
        )
        #expect(
            parse(#"{"type":"x","error":{"code":400,"description":"a \"b\""}}"#)
                == .refused(code: 400, errorCode: 0, description: #"a \"b\""#)
        )
    }

    @Test(arguments: [
        "", "{", "{}", "[]", "null", "7", #"{"stream":"s"}"#, #"{"seq":7}"#,
        #"{"stream":"s","seq":0}"#, #"{"stream":"s","seq":-7}"#, #"{"stream":"s","seq":"7"}"#,
        #"{"stream":"s","seq":18446744073709551616}"#, #"{"stream":"s","seq":7"#,
        #"{"stream":"s","seq":7}x"#, #"{"stream":"s" "seq":7}"#, #"{"stream":"s"#, #"{"a\"#,
        #"{"a":{"a":{"a":{"a":{"a":{}}}}}}"#, "+ACK",
    ])
    func `is refused when it is anything else`(json: String) {
        #expect(parse(json) == nil)
    }
}
