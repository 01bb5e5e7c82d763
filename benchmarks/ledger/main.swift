import Glibc
import LedgerStore
import ServiceKit
import Telemetry

// ledger-load USERS BETS GROUP THREADS SEED [--place-only]: places bets in the database of POSTGRES_URL
// and prints how many a second. Without --place-only it makes rounds and wallets first.
_ = signal(SIGPIPE, SIG_IGN)
let words = CommandLine.arguments.dropFirst()
let numbers = words.filter { $0 != "--place-only" }.compactMap { Int($0) }
guard numbers.count == 5, numbers.allSatisfy({ $0 > 0 }) else {
    StandardError.complain("usage: ledger-load USERS BETS GROUP THREADS SEED [--place-only]")
    exit(EX_USAGE)
}
let load = LedgerLoad(
    users: Int64(numbers[0]),
    count: numbers[1],
    group: numbers[2],
    threads: numbers[3],
    seed: UInt64(numbers[4])
)
let configuration = LedgerStore.configuration(
    url: ServerAddresses(.ofProcess()).postgresURL,
    applicationName: "ledger-load"
)
do {
    if !words.contains("--place-only") { try load.prepare(configuration) }
    let result = try load.run(configuration)
    print(
        "accepted=\(result.accepted) replayed=\(result.replayed) other=\(result.other) "
            + "seconds=\(result.seconds) bets_per_second="
            + "\(Int(Double(numbers[1]) / max(result.seconds, 0.000_001)))"
    )
} catch {
    StandardError.complain("ledger-load: \(error)")
    exit(EXIT_FAILURE)
}
