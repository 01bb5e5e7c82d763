import Glibc

/// The limit of open descriptors, each client being one.
package enum OpenFiles {
    /// Raises the soft limit to `wanted`, as far as the hard one lets it.
    package static func allow(_ wanted: UInt) {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard unsafe getrlimit(resource, &limit) == 0, limit.rlim_cur < wanted else { return }
        limit.rlim_cur = min(wanted, limit.rlim_max)
        _ = unsafe setrlimit(resource, &limit)
    }
}
