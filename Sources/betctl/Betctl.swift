import Glibc
import JetStream
import PostgresClient
import RedisClient
import ServiceKit
import Telemetry

/// Finds the command, runs it and turns what happened into an exit status.
enum Betctl {
    /// Everything betctl can do, in the order of the help text.
    static var commands: [any Command.Type] {
        [
            MigrateCommand.self, StreamsCommand.self, AuditCommand.self, FillGapsCommand.self,
            OddsCommand.self, WalletsCommand.self, UnsettledCommand.self, QueueCommand.self,
            DeadLettersCommand.self, ResetCommand.self, TokenCommand.self,
        ]
    }

    static var usage: String {
        """
        usage: betctl COMMAND [OPTION...]

        \(commands.map { indented($0.usage) }.joined(separator: "\n\n"))

          betctl --version | --help | COMMAND --help

        NATS_URL, POSTGRES_URL and REDIS_URL name the servers: export $(scripts/stack env)
        """
    }

    static func run(_ arguments: [String], environment: Environment) -> ExitStatus {
        guard let name = arguments.first else { return misused("a command is missing") }
        switch name {
        case "--help", "-h", "help":
            print(usage)
            return .success
        case "--version":
            print("betctl \(Build.version)")
            return .success
        default: break
        }
        guard let command = commands.first(where: { $0.name == name }) else {
            return misused("unknown command '\(name)'")
        }
        return run(command, Array(arguments.dropFirst()), environment)
    }

    private static func run(
        _ command: any Command.Type,
        _ arguments: [String],
        _ environment: Environment
    ) -> ExitStatus {
        if arguments.contains("--help") || arguments.contains("-h") {
            print("usage:\n" + indented(command.usage))
            return .success
        }
        do {
            return try command.init(arguments).run(in: Session(environment))
        } catch let error as UsageError {
            complain("\(error)\nusage:\n" + indented(command.usage))
            return .usage
        } catch {
            complain("\(error)")
            return command == AuditCommand.self ? .undecided : .failure
        }
    }

    private static func misused(_ what: String) -> ExitStatus {
        complain("\(what)\n" + usage)
        return .usage
    }

    private static func complain(_ text: String) { StandardError.complain("betctl: \(text)") }

    private static func indented(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.isEmpty ? "" : "  \($0)" }
            .joined(separator: "\n")
    }
}
