import RedisClient
import Testing

@Suite struct BreakerTests {
    enum Step {
        case admitted, refused, succeeds, fails
    }

    /// Each step happens at that many milliseconds; the breaker opens for 1,000.
    @Test(
        arguments: [
            ("stays closed while calls succeed", [(0, .admitted), (1, .succeeds), (2, .admitted)]),
            ("one failure opens it", [(0, .admitted), (500, .fails), (501, .refused)]),
            (
                "opens again for calls only when the time is up",
                [(0, .fails), (999, .refused), (1000, .admitted)]
            ),
            (
                "lets one probe through",
                [(0, .fails), (1000, .admitted), (1001, .refused), (1999, .refused)]
            ),
            (
                "closes when the probe succeeds",
                [(0, .fails), (1000, .admitted), (1100, .succeeds), (1101, .admitted)]
            ),
            (
                "opens for the whole time when the probe fails",
                [
                    (0, .fails), (1000, .admitted), (1500, .fails), (2499, .refused),
                    (2500, .admitted),
                ]
            ),
            (
                "sends another probe when the first never reports",
                [(0, .fails), (1000, .admitted), (2000, .admitted), (2001, .refused)]
            ),
        ] as [(String, [(Int, Step)])]
    )
    func `follows its table`(name: String, steps: [(Int, Step)]) {
        var breaker = Breaker(openMilliseconds: 1000)
        let start = ContinuousClock.now
        for (milliseconds, step) in steps {
            let now = start + .milliseconds(milliseconds)
            switch step {
            case .admitted, .refused:
                let admitted = breaker.admit(at: now)
                #expect(admitted == (step == .admitted), "\(name), at \(milliseconds)")
            case .succeeds: breaker.succeeded()
            case .fails: breaker.failed(at: now)
            }
        }
    }
}
