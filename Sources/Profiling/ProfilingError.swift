/// Why there is no profile.
package enum ProfilingError: Error, Sendable, Equatable {
    /// gperftools is not in this process; `ProfilerBootstrap` says how it gets there.
    case notLoaded
    /// The process has one CPU profiler, and it is at work.
    case busy
    /// The process shuts down.
    case stopped
    /// A call that should not fail did.
    case failed(String)
}

extension ProfilingError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notLoaded:
            "gperftools is not loaded: install the Debian package "
                + "\(ProfilerBootstrap.debianPackage) and restart the process with PROFILER set"
        case .busy: "a CPU profile is being taken; there can be one at a time"
        case .stopped: "the process shuts down"
        case .failed(let reason): reason
        }
    }
}
