package import Telemetry

extension Logger {
    /// A log as `LOG_LEVEL` and `LOG_FORMAT` want it.
    package init(process: String, _ environment: Environment) throws(ConfigurationError) {
        self.init(
            process: process,
            level: try environment.choice("LOG_LEVEL", default: .info),
            format: try environment.choice("LOG_FORMAT", default: .text)
        )
    }
}
