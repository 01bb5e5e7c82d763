import BetStore
import Betting
import ServiceKit
import Testing

@testable import Ingest

@Suite
struct DeadLetterTests {
    @Test
    func `a copy keeps a message's headers, but for those the server would act upon`() {
        let rejected = RejectedMessage(
            sequence: 5,
            reason: .badID,
            detail: "id: no UUID",
            message: RawMessage(
                subject: "bets",
                headers: [
                    ("A", "1"), ("Nats-Msg-Id", "x"), ("nats-expected-stream", "y"), ("A", "2"),
                    ("Status", "404"),
                ],
                body: [],
                publishedAt: Timestamp(microseconds: 0)
            )
        )
        let headers = DeadLetter.headers(of: rejected, epoch: 9).map { "\($0.0)=\($0.1)" }
        #expect(
            headers == [
                "A=1", "A=2", "Nats-Msg-Id=dead-9-5", "Betting-Reason=bad_id",
                "Betting-Detail=id: no UUID", "Betting-Epoch=9", "Betting-Sequence=5",
                "Betting-Msg-Id=x",
            ]
        )
    }
}

@Suite
struct IngestConfigurationTests {
    @Test
    func `without variables a backend takes the defaults`() throws {
        let configuration = try IngestConfiguration(Environment(["POD_NAME": "p"]))
        #expect(configuration.podID == "p")
        #expect(configuration.limits.rowsMax == 4_000)
        #expect(configuration.betLimits.maxAmount == Money(units: 1_000_000_000_000))
        #expect(!configuration.allowsUnsafe)
    }

    @Test(arguments: [
        ("POD_NAME", "a b"), ("REDIS_URL", "http://x"), ("BATCH_ROWS_MAX", "0"),
        ("BATCH_ROWS_MAX", "4001"), ("BATCH_LINGER_MS", "21"), ("MAX_BET_AMOUNT", "0"),
        ("MAX_BET_AMOUNT", "1.123456789"), ("MAX_BET_AMOUNT", "lots"), ("ALLOW_UNSAFE", "perhaps"),
        ("STREAM_REPLICAS", "2"), ("ACK_WAIT_SECONDS", "1"), ("MAX_ACK_PENDING", "0"),
    ])
    func `a wrong value is an error that names its variable`(name: String, value: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try IngestConfiguration(Environment(["POD_NAME": "p"].merging([name: value]) { $1 }))
        }
        #expect(error?.description.hasPrefix(name) == true)
    }
}
