import BetCodec
import Betting

extension Options {
    /// The arguments that make the same messages again, for a journal's first line. Holds no space and
    /// nothing that JSON escapes.
    package var scriptArguments: String {
        var arguments = [
            "--games", String(content.games), "--users", String(content.users),
            "--selections", String(content.selections),
            "--bet-types", content.betTypes.map(\.name).joined(separator: ","),
            "--encoding", content.encoding == .json ? "json" : "protobuf",
            "--duplicates", String(content.duplicates), "--malformed", String(content.malformed),
            "--subject", subject, "--stream", stream,
        ]
        if let seed = content.seed { arguments += ["--seed", String(seed)] }
        if let rate = pace.rate {
            arguments += ["--rate", String(rate), "--ramp", String(pace.rampSeconds)]
        } else {
            arguments.append("0")
        }
        arguments.append(String(count))
        return arguments.joined(separator: " ")
    }
}
