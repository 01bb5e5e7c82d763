import Testing

/// The suites that take servers and backends away under load, one after the other: each has the
/// machine to itself. A fault that lasts is waited out by the clock.
@Suite(.serialized) enum Faults {}
