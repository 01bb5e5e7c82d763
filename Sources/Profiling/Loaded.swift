import CProfiler

/// Looked up once: what is preloaded does not change while a process lives.
enum Loaded {
    static let value = profiler_is_loaded()
}
