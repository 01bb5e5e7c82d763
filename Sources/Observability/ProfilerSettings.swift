import Profiling
package import ServiceKit

/// Whether and where a process offers its profiles.
package struct ProfilerSettings: Sendable {
    /// Any free one when 0.
    package var port: Int
    /// Where it listens; nil: on all interfaces.
    package var address: String?

    /// Nil when `PROFILER` is absent or empty. Otherwise `PROFILER_PORT` (6060) and `PROFILER_ADDRESS`
    /// (all interfaces).
    package static func asked(
        _ environment: Environment
    ) throws(ConfigurationError) -> ProfilerSettings? {
        guard environment.string(ProfilerBootstrap.variable) != nil else { return nil }
        return ProfilerSettings(
            port: try environment.integer("PROFILER_PORT", default: 6060, in: 0...65_535),
            address: environment.string("PROFILER_ADDRESS")
        )
    }
}
