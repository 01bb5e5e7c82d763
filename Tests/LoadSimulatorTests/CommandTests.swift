import Betting
import Testing

@testable import load_simulator

@Suite struct CommandTests {
    private func options(_ line: String) throws -> Options {
        guard case .run(let options) = try Command(line.split(separator: " ").map(String.init))
        else {
            throw UsageError("no run")
        }
        return options
    }

    @Test func `the seed's two arguments are an interval and a count`() throws {
        let options = try options("10 1000")
        #expect(options.pace.rate == 100)
        #expect(options.count == 1000)
        #expect(options.content == Content())
        #expect(try self.options("0 5").pace.rate == nil)
        #expect(try self.options("0.5 5").pace.rate == 2000)
    }

    @Test func `options stand anywhere and take their value either way`() throws {
        let options = try options(
            "--rate=250.5 --seed 7 100 --bet-types spread,total --duplicates 0.25 --ramp 2"
        )
        #expect(options.pace.rate == 250.5)
        #expect(options.pace.rampSeconds == 2)
        #expect(options.count == 100)
        #expect(options.content.seed == 7)
        #expect(options.content.betTypes == [.spread, .total])
        #expect(options.content.duplicates == 0.25)
    }

    @Test(arguments: [
        "", "10", "x 5", "-1 5", "10 -5", "10 5 5", "nan 5", "10 5 --rate 5", "--rate 0 5",
        "10 5 --unknown 1", "10 5 --seed", "10 5 --seed 1 --seed 2", "10 5 --encoding xml",
        "10 5 --bet-types lottery", "10 5 --bet-types moneyline,", "10 5 --duplicates 1.1",
        "10 5 --duplicates 0.6 --malformed 0.6", "0 5 --ramp 1", "10 5 --window 0",
        "10 5 --window 2 --connections 3", "10 5 --subject a*", "--resume f 10 5",
        "--resume f --seed 1",
    ])
    func `a line that cannot be meant is refused`(line: String) {
        #expect(throws: UsageError.self) { try options(line) }
    }

    @Test func `a journal's arguments make the same messages again`() throws {
        for line in [
            "0 5", "2.5 7 --games 9 --users 3 --malformed 0.125", "--rate 1000 --ramp 3 0",
        ] {
            var options = try options(line + " --seed 12345678901234567890 --encoding protobuf")
            options.connections = 1
            #expect(try self.options(options.scriptArguments) == options)
        }
    }
}
