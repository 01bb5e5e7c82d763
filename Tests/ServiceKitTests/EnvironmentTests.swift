import ServiceKit
import Telemetry
import Testing

@Suite
struct EnvironmentTests {
    private enum Colour: String, CaseIterable {
        case red
        case green
    }

    @Test
    func `absent and empty variables take the default`() throws {
        for environment in [Environment([:]), Environment(["A": ""])] {
            #expect(environment.string("A") == nil)
            #expect(environment.string("A", default: "x") == "x")
            #expect(try environment.integer("A", default: 3, in: 5...6) == 3)
            #expect(try environment.flag("A", default: true))
            #expect(try environment.choice("A", default: Colour.green) == .green)
        }
    }

    @Test
    func `given values are read`() throws {
        let environment = Environment(["N": "-5", "ON": "Yes", "OFF": "off", "C": "red"])
        #expect(try environment.integer("N", default: 0, in: -5...5) == -5)
        #expect(try environment.flag("ON", default: false))
        #expect(try environment.flag("OFF", default: true) == false)
        #expect(try environment.choice("C", default: Colour.green) == .red)
    }

    @Test(arguments: ["4", "11", "5.0", " 5", "5 ", "five", "0x5", "99999999999999999999"])
    func `a number that is none or out of range is an error with name, value and range`(
        value: String
    ) {
        let error = #expect(throws: ConfigurationError.self) {
            try Environment(["A": value]).integer("A", default: 5, in: 5...10)
        }
        #expect(error?.description == "A=\(value): a whole number from 5 to 10 is wanted")
    }

    @Test
    func `a wrong flag or choice is an error with name and value`() {
        let environment = Environment(["A": "Red"])
        let flag = #expect(throws: ConfigurationError.self) {
            try environment.flag("A", default: true)
        }
        #expect(flag?.description == "A=Red: 1 or 0 is wanted")
        let choice = #expect(throws: ConfigurationError.self) {
            try environment.choice("A", default: Colour.red)
        }
        #expect(choice?.description == "A=Red: one of red, green is wanted")
    }

    @Test
    func `the pod is named by POD_NAME, then HOSTNAME, then the machine`() throws {
        #expect(try podName(Environment(["POD_NAME": "a-1", "HOSTNAME": "b"])) == "a-1")
        #expect(try podName(Environment(["POD_NAME": "", "HOSTNAME": "b.c_d"])) == "b.c_d")
        #expect(try !podName(Environment([:])).isEmpty)
    }

    @Test(
        arguments: ["POD_NAME", "HOSTNAME"],
        ["a b", "ä", "a\n", String(repeating: "x", count: 254)]
    )
    func `a pod's name that is none is an error with the variable it came from`(
        variable: String,
        value: String
    ) {
        let error = #expect(throws: ConfigurationError.self) {
            try podName(Environment([variable: value]))
        }
        #expect(error?.description.hasPrefix("\(variable)=\(value):") == true)
    }

    @Test
    func `a log takes its level and format from the environment`() throws {
        let logger = try Logger(process: "p", Environment(["LOG_LEVEL": "error"]))
        #expect(logger.level == .error)
        for name in ["LOG_LEVEL", "LOG_FORMAT"] {
            let error = #expect(throws: ConfigurationError.self) {
                try Logger(process: "p", Environment([name: "loud"]))
            }
            #expect(error?.description.hasPrefix("\(name)=loud: one of ") == true)
        }
    }

    @Test
    func `servers are on this machine unless told otherwise`() {
        let own = ServerAddresses(Environment([:]))
        #expect(own.redisURL == "redis://127.0.0.1:6379")
        let given = ServerAddresses(Environment(["POSTGRES_URL": "x"]))
        #expect(given.postgresURL == "x")
    }
}
