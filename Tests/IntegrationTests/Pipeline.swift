import Testing

/// The suites that run the whole engine, one after the other: each has the machine to itself.
@Suite(.serialized) enum Pipeline {}
