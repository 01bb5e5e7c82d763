import Synchronization

/// A Lua script that runs inside Redis as one indivisible step.
package struct RedisScript: Sendable {
    /// Lua, as EVAL takes it.
    package let source: [UInt8]

    /// Tells scripts apart within the process; each connection remembers the digest that Redis gave
    /// for it.
    let identity: Int

    private static let count = Atomic(0)

    /// Made once for each script and kept: a copy shares what connections know of it.
    package init(_ source: [UInt8]) {
        self.source = source
        self.identity = Self.count.add(1, ordering: .relaxed).newValue
    }
}
