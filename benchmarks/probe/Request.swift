/// What the command line asks for. Figures are printed as `key=value`, one a line.
enum Request {
    case rewind
    case read(Reading)
    case fill(Filling)
    case latency(Latency)
    case placing(Placing)

    static let usage = """
        Usage: benchmark-probe rewind
               benchmark-probe read --count N [--acknowledge]
               benchmark-probe fill --count N --bytes N --games N
               benchmark-probe latency --rate N --seconds N --warm-up N --games N
               benchmark-probe place --port N --round ID --tokens FILE --connections N --rate N
                   --seconds N --warm-up N
        """

    private static let countMax = 100_000_000
    private static let rateMax = 200_000
    private static let secondsMax = 600
    private static let gamesMax = 1_000_000
    private static let connectionsMax = 10_000

    /// - Throws: `usage`.
    init(_ arguments: [String]) throws(ProbeError) {
        var arguments = ProbeArguments(arguments)
        switch arguments.verb {
        case "rewind": self = .rewind
        case "read":
            self = .read(
                Reading(
                    count: try arguments.number("--count", in: 1...Self.countMax),
                    acknowledges: arguments.flag("--acknowledge")
                )
            )
        case "fill":
            self = .fill(
                Filling(
                    count: try arguments.number("--count", in: 1...Self.countMax),
                    games: try arguments.number("--games", in: 1...Self.gamesMax),
                    bytes: try arguments.number("--bytes", in: 0...65_536)
                )
            )
        case "latency":
            self = .latency(
                Latency(
                    rate: try arguments.number("--rate", in: 1...Self.rateMax),
                    seconds: try arguments.number("--seconds", in: 1...Self.secondsMax),
                    warmUpSeconds: try arguments.number("--warm-up", in: 0...Self.secondsMax),
                    games: try arguments.number("--games", in: 1...Self.gamesMax)
                )
            )
        case "place":
            self = .placing(
                Placing(
                    port: try arguments.number("--port", in: 1...Int(UInt16.max)),
                    roundID: try arguments.text("--round"),
                    tokensFile: try arguments.text("--tokens"),
                    connections: try arguments.number("--connections", in: 1...Self.connectionsMax),
                    rate: try arguments.number("--rate", in: 1...Self.rateMax),
                    seconds: try arguments.number("--seconds", in: 1...Self.secondsMax),
                    warmUpSeconds: try arguments.number("--warm-up", in: 0...Self.secondsMax)
                )
            )
        default: throw .usage(Self.usage)
        }
        try arguments.finish()
    }
}
