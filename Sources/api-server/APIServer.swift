import Wallet
import Profiling
import ServiceKit

/// Takes bets against wallets: see docs/API.md.
@main
struct APIServer {
    private static let name = "api-server"

    static func main() {
        ServiceArguments.answer(program: name)
        ProfilerBootstrap.reexecuteIfAsked()
        ServiceProcess.run(WalletService.self, program: name)
    }
}
