// swift-tools-version: 6.2

import PackageDescription

let swift: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A library of the engine. Dependencies point one way: service, store, driver, C.
func library(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil)
    -> Target
{
    .target(
        name: name,
        dependencies: dependencies,
        resources: resources,
        swiftSettings: swift
    )
}

/// An executable of a few lines: configuration, wiring, run.
func executable(
    _ name: String,
    _ dependencies: [Target.Dependency],
    path: String? = nil,
    exclude: [String] = []
) -> Target {
    .executableTarget(
        name: name,
        dependencies: dependencies,
        path: path,
        exclude: exclude,
        swiftSettings: swift
    )
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: swift)
}

let package = Package(
    name: "betting-engine",
    targets: [
        // C libraries, each imported by one driver only.
        .systemLibrary(name: "CAllocator"),
        .systemLibrary(name: "CCrypto"),
        .systemLibrary(name: "CNats"),
        .systemLibrary(name: "CPostgres"),
        .systemLibrary(name: "CHiredis"),
        .systemLibrary(name: "CWebSockets"),
        .target(
            name: "CBetJSON",
            cxxSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])],
            linkerSettings: [.linkedLibrary("simdjson")]
        ),
        .target(name: "CBetProto", linkerSettings: [.linkedLibrary("protobuf-c")]),
        .target(
            name: "CProfiler",
            cxxSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]
        ),

        // Pure rules: nothing but the standard library.
        library("Betting"),
        library("Statistics"),
        library("Ledger", ["Betting"]),

        // Points at which test builds kill or freeze themselves; empty in release builds.
        library("FaultPoints"),

        // Drivers.
        library("JetStream", ["CNats", "Threading"]),
        library("PostgresClient", ["CPostgres", "FaultPoints", "Threading"]),
        library("RedisClient", ["CHiredis", "FaultPoints"]),
        library("BetCodec", ["Betting", "CBetJSON", "CBetProto"]),
        library("StrictJSON", ["CBetJSON"]),
        library("Cryptography", ["CCrypto"]),
        library("StatsCodec", ["Betting", "CBetJSON", "Statistics", "Telemetry"]),
        library("WebServer", ["CWebSockets", "Threading"]),
        library("Profiling", ["CProfiler", "Threading"]),

        // What every process needs.
        library("ServiceKit", ["CAllocator", "Telemetry", "Threading"]),
        library("Telemetry", ["CAllocator"]),
        library("Threading"),
        library(
            "Observability",
            ["Profiling", "ServiceKit", "Telemetry", "Threading", "WebServer"]
        ),

        // Stores and services.
        library("Tokens", ["Cryptography", "ServiceKit", "StrictJSON", "Telemetry"]),
        library("NATSAccess", ["JetStream", "ServiceKit"]),
        library("Topology", ["JetStream", "Observability", "ServiceKit"]),
        library(
            "BetStore",
            [
                "Betting", "FaultPoints", "Statistics", "PostgresClient", "RedisClient",
                "ServiceKit", "Telemetry",
            ],
            resources: [.embedInCode("Migrations"), .embedInCode("Scripts")]
        ),
        library("Jobs", ["Betting", "FaultPoints", "Ledger", "PostgresClient"]),
        library(
            "LedgerStore",
            ["Betting", "FaultPoints", "Jobs", "Ledger", "PostgresClient", "ServiceKit"]
        ),
        library(
            "Ingest",
            [
                "Betting", "BetCodec", "BetStore", "FaultPoints", "JetStream", "NATSAccess",
                "Observability", "PostgresClient", "RedisClient", "ServiceKit", "Statistics",
                "StatsCodec",
                "Telemetry", "Topology", "WebServer",
            ]
        ),
        library(
            "Aggregation",
            [
                "Betting", "BetStore", "JetStream", "LedgerStore", "NATSAccess", "Observability",
                "PostgresClient", "RedisClient", "ServiceKit", "Statistics", "StatsCodec",
                "Telemetry", "Threading",
                "Topology", "WebServer",
            ]
        ),

        library(
            "Wallet",
            [
                "BetStore", "Betting", "Cryptography", "JetStream", "Ledger", "LedgerStore",
                "NATSAccess", "Observability", "PostgresClient", "ServiceKit", "StrictJSON",
                "Telemetry", "Threading", "Tokens", "Topology", "WebServer",
            ],
            resources: [.embedInCode("openapi.json")]
        ),
        library("Matching", ["Jobs", "Ledger", "LedgerStore", "PostgresClient"]),
        library("Settlement", ["Jobs", "Ledger", "LedgerStore", "PostgresClient"]),
        library(
            "WorkerService",
            [
                "BetCodec", "Betting", "JetStream", "Jobs", "Ledger", "LedgerStore", "Matching",
                "NATSAccess", "Observability", "PostgresClient", "ServiceKit", "Settlement",
                "Telemetry", "Threading", "Topology", "WebServer",
            ]
        ),

        // Executables.
        executable("api-server", ["Profiling", "ServiceKit", "Wallet"]),
        executable(
            "backend",
            ["Ingest", "Observability", "Profiling", "ServiceKit", "Telemetry", "WebServer"]
        ),
        executable("worker", ["Profiling", "ServiceKit", "WorkerService"]),
        executable("stats-aggregator", ["Aggregation", "Profiling", "ServiceKit"]),
        executable(
            "betctl",
            [
                "BetCodec", "BetStore", "Betting", "Cryptography", "Ingest", "JetStream", "Jobs",
                "Ledger", "LedgerStore", "NATSAccess", "Observability", "PostgresClient",
                "RedisClient", "ServiceKit", "Telemetry", "Tokens", "Topology", "WebServer",
            ]
        ),
        executable(
            "load-simulator",
            [
                "Betting", "BetCodec", "FaultPoints", "JetStream", "NATSAccess", "ServiceKit",
                "Statistics", "Telemetry",
            ],
            path: "load-simulator"
        ),
        // Places bets in groups: for measuring what a bet costs, and for tests that kill it.
        executable(
            "ledger-load",
            [
                "Betting", "Ledger", "LedgerStore", "PostgresClient", "ServiceKit", "Telemetry",
                "Threading",
            ],
            path: "benchmarks/ledger",
            exclude: ["run", "single-bet.sql"]
        ),
        // What `make bench` measures NATS and latency with.
        executable(
            "benchmark-probe",
            [
                "BetCodec", "Betting", "JetStream", "NATSAccess", "ServiceKit", "Telemetry",
                "Threading",
            ],
            path: "benchmarks/probe"
        ),

        // Tests.
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: swift),
        .target(
            name: "EngineHarness",
            dependencies: [
                "JetStream", "PostgresClient", "RedisClient", "TestSupport", "Threading",
            ],
            path: "Tests/EngineHarness",
            swiftSettings: swift
        ),
        tests("BettingTests", ["Betting", "TestSupport"]),
        tests("LedgerTests", ["Betting", "Ledger", "TestSupport"]),
        tests(
            "LedgerStoreTests",
            [
                "BetStore", "Betting", "Jobs", "Ledger", "LedgerStore", "Matching",
                "PostgresClient", "Settlement", "TestSupport", "Threading",
            ]
        ),
        tests("BetCodecTests", ["BetCodec", "Betting", "TestSupport"]),
        tests("StatisticsTests", ["Statistics", "TestSupport"]),
        tests("ThreadingTests", ["Threading"]),
        tests("ServiceKitTests", ["ServiceKit", "Telemetry", "TestSupport", "Threading"]),
        tests("TelemetryTests", ["Telemetry", "TestSupport"]),
        tests("WebServerTests", ["WebServer", "TestSupport", "Threading"]),
        // Preloading takes a process of its own.
        executable(
            "ProfilingProbe",
            ["Observability", "Profiling", "ServiceKit", "Threading"],
            path: "Tests/ProfilingProbe"
        ),
        tests(
            "ProfilingTests",
            [
                "Observability", "Profiling", "ProfilingProbe", "ServiceKit", "TestSupport",
                "Threading",
            ]
        ),
        tests("StatsCodecTests", ["StatsCodec", "Statistics", "TestSupport"]),
        tests(
            "ObservabilityTests",
            ["Observability", "ServiceKit", "Telemetry", "TestSupport", "WebServer"]
        ),
        tests(
            "AggregationTests",
            [
                "EngineHarness",
                "Aggregation", "BetStore", "Betting", "JetStream", "Ledger", "LedgerStore",
                "PostgresClient", "RedisClient", "ServiceKit", "Statistics", "StatsCodec",
                "Telemetry", "TestSupport", "Threading",
                "Topology", "WebServer",
            ]
        ),
        tests("StrictJSONTests", ["StrictJSON"]),
        tests(
            "TokensTests",
            ["Cryptography", "ServiceKit", "StrictJSON", "TestSupport", "Tokens"]
        ),
        tests(
            "WalletTests",
            [
                "BetStore", "Betting", "EngineHarness", "Ledger", "LedgerStore", "PostgresClient",
                "ServiceKit", "StrictJSON", "Telemetry", "TestSupport", "Tokens", "Wallet",
                "WebServer", "api-server",
            ]
        ),
        tests("TopologyTests", ["Topology", "JetStream", "ServiceKit", "TestSupport"]),
        tests("JetStreamTests", ["JetStream", "TestSupport", "Threading"]),
        tests("NATSAccessTests", ["JetStream", "NATSAccess", "ServiceKit", "TestSupport"]),
        tests("PostgresClientTests", ["PostgresClient", "TestSupport"]),
        tests("RedisClientTests", ["RedisClient", "TestSupport"]),
        tests(
            "BetStoreTests",
            ["BetStore", "Betting", "PostgresClient", "RedisClient", "TestSupport", "Threading"]
        ),
        tests(
            "BetctlTests",
            [
                "BetStore", "JetStream", "PostgresClient", "RedisClient", "ServiceKit",
                "TestSupport", "Tokens", "Topology", "WebServer", "betctl",
            ]
        ),
        tests(
            "LoadSimulatorTests",
            ["load-simulator", "BetCodec", "Betting", "JetStream", "TestSupport"]
        ),
        tests(
            "IngestTests",
            [
                "Betting", "BetStore", "Ingest", "JetStream", "PostgresClient", "ServiceKit",
                "Statistics", "Telemetry", "TestSupport", "Topology", "Threading",
            ]
        ),
        tests(
            "IntegrationTests",
            [
                "Betting", "BetCodec", "BetStore", "EngineHarness", "JetStream", "Ledger",
                "LedgerStore", "PostgresClient", "RedisClient", "TestSupport", "backend", "betctl",
                "load-simulator", "stats-aggregator", "worker",
            ]
        ),
        tests(
            "FaultTests",
            [
                "BetStore", "Betting", "EngineHarness", "FaultPoints", "JetStream", "Ledger",
                "LedgerStore", "PostgresClient", "RedisClient", "TestSupport", "Threading",
                "Tokens",
                "api-server", "backend", "betctl", "ledger-load", "load-simulator",
                "stats-aggregator", "worker",
            ]
        ),
        // `fuzz/run` builds the same readers for libFuzzer.
        .testTarget(
            name: "FuzzTests",
            dependencies: [
                "BetCodec", "Betting", "StatsCodec", "Statistics", "Tokens", "WebServer",
            ],
            path: "fuzz",
            exclude: ["LibFuzzer.swift", "corpus", "run"],
            swiftSettings: swift
        ),
        tests("FaultPointsTests", ["FaultPoints", "backend"]),
    ],
    cxxLanguageStandard: .cxx17
)
