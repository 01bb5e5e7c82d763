import BetCodec
import Betting

/// What the command line asks for.
package enum Command: Hashable, Sendable {
    case help
    case version
    case run(Options)

    /// Reads the arguments behind the program's name; options may stand anywhere, `--name value` and
    /// `--name=value` are the same.
    package init(_ arguments: [String]) throws(UsageError) {
        if arguments.contains("--help") || arguments.contains("-h") {
            self = .help
            return
        }
        if arguments.contains("--version") {
            self = .version
            return
        }
        var parser = CommandParser()
        try parser.parse(arguments)
        self = .run(try parser.finish())
    }

    package static let usage = """
        Usage: load-simulator <interval ms> <count> [options]
               load-simulator --rate <bets a second> <count> [options]
               load-simulator --resume <journal>

        Publishes bets to JetStream and says what became of them. An interval of 0 means as fast as
        acknowledgements allow, a count of 0 until Ctrl-C. Publishes with an unknown outcome are
        repeated with the same message id.

          --rate N            bets a second on a fixed schedule, instead of the interval
          --ramp SECONDS      let the rate grow from 0 in this time
          --games N           spread over game_1 … game_N; 1 (default) is game_123
          --users N           user ids 1 … N; 0 (default) leaves them out
          --selections N      selection_1 … selection_N; 0 (default) leaves them out
          --bet-types a,b     moneyline by default
          --encoding E        json (default) or protobuf
          --seed N            of every random choice; drawn and printed when absent
          --duplicates SHARE  0 … 1: this share repeats an earlier bet, in turn with the same message
                              id (the stream flags it) and with another one (the stream stores it)
          --malformed SHARE   0 … 1: this share is no bet, in ten different ways
          --connections N     each with a thread of its own (default 1)
          --window N          publishes without an answer, over all connections (default 4096)
          --ack-timeout MS    then an outcome is unknown (default 5000)
          --retries N         for an unknown outcome (default 10)
          --subject S         default bets
          --stream S          the stream whose epoch the journal names, default bets_stream
          --journal FILE      lines of JSON: what is about to be sent, what became of it; appended to
          --resume FILE       send again what the journal holds no answer for, and go on in it
          --version, --help

        NATS_URL names the server (nats://127.0.0.1:4222).
        Exit status: 0 all acknowledged, 1 refused or unknown outcomes, 2 wrong usage, 130 Ctrl-C.
        """
}
