import Testing

@testable import Ingest

/// For how long others gave no sign of life.
@Suite struct SilenceTests {
    /// Seconds, signs seen, and the silence in seconds that the last look finds.
    private static let looks: [([(Int, Int64)], Int)] = [
        ([(0, 7)], 0),
        ([(0, 7), (1, 7), (4, 7), (9, 7)], 9),
        // A sign of life.
        ([(0, 7), (3, 7), (4, 8), (6, 8)], 2),
        // Nobody looked in between.
        ([(0, 7), (4, 7), (10, 7), (12, 7)], 2),
    ]

    @Test(arguments: looks)
    func `silence lasts while nothing new is seen, and somebody looks`(
        looks: [(second: Int, sign: Int64)],
        silence: Int
    ) {
        var watch = Silence()
        let begin = ContinuousClock.now
        var found = Duration.zero
        for look in looks { found = watch.look(look.sign, at: begin + .seconds(look.second)) }
        #expect(found == .seconds(silence))
    }

    @Test func `a start that lives is heard of much earlier than it is taken for dead`() {
        #expect(Silence.enough >= .seconds(2 * 12))
        #expect(Silence.gapMax < Silence.enough)
    }
}
