import Observability
import ServiceKit
import WebServer

/// `betctl health`
struct HealthCommand: Command {
    static let name = "health"
    static let usage = """
        betctl health [URL]
            ask a service whether it is live, for at most 2 s: exit 0 if it answers 200. Without URL
            the one of this container: /livez at HTTP_ADDRESS and HTTP_PORT as services read them;
            without HTTP_PORT wherever one of them listens by default. Plain HTTP only
        """

    private static let limit = Duration.seconds(2)

    private let url: String?

    init(_ arguments: [String]) throws(UsageError) {
        url = try Arguments(arguments, wordsMax: 1).words.first
    }

    func run(in session: Session) throws -> ExitStatus {
        let probes = try url.map { [try HTTPProbe(url: $0)] } ?? Self.probes(session.environment)
        var complaints: [String] = []
        // Where nobody listens the answer comes at once, and leaves the time to the next.
        let deadline = ContinuousClock.now + Self.limit
        for probe in probes {
            do throws(WebServerError) {
                let answer = try probe.ask(
                    withinMilliseconds: Int(
                        ContinuousClock.now.duration(to: deadline) / .milliseconds(1)
                    )
                )
                guard answer.status != 200 else {
                    print("\(probe.url): \(answer.line)")
                    return .success
                }
                complaints.append("\(probe.url) answers \(answer.status): \(answer.line)")
            } catch {
                complaints.append("\(probe.url): \(error)")
            }
        }
        throw CommandFailure(complaints.joined(separator: "; "))
    }

    /// Where the services listen with this environment: only one of them does in a container.
    static func probes(_ environment: Environment) throws(ConfigurationError) -> [HTTPProbe] {
        guard environment.string("HTTP_CERT_FILE") == nil else {
            throw ConfigurationError(
                "HTTP_CERT_FILE is set: the process speaks HTTPS, which betctl health does not"
            )
        }
        let port = try environment.integer("HTTP_PORT", default: 0, in: 0...65_535)
        let ports = port > 0 ? [port] : ServicePort.allCases.map(\.rawValue)
        let address = environment.string("HTTP_ADDRESS", default: "0.0.0.0")
        let own = ["0.0.0.0": "127.0.0.1", "::": "::1"][address] ?? address
        return ports.map { HTTPProbe(address: own, port: $0, path: "/livez") }
    }
}
