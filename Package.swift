// swift-tools-version: 6.2

import PackageDescription

/// One list for every target of ours; dependencies are untouched by it.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),  // SE-0335
    .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
    .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
    .enableUpcomingFeature("InferIsolatedConformances"),  // SE-0470
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461
    .enableUpcomingFeature("ImmutableWeakCaptures"),  // SE-0481
    .treatAllWarnings(as: .error),  // SE-0480
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let hummingbird = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")

let package = Package(
    name: "mono-reconciler",
    products: [
        .executable(name: "mono-reconcile", targets: ["MonoReconcile"]),
        .executable(name: "mono-sandbox", targets: ["MonoSandbox"]),
        .executable(name: "simulate", targets: ["SimulateTool"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    ],
    targets: [
        // The domain as values: the standard library and nothing else.
        .target(name: "Reconciliation", dependencies: [deque, heap], swiftSettings: settings),
        .systemLibrary(
            name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
        .target(name: "Postgres", dependencies: ["CLibPQ"], swiftSettings: settings + [.strictMemorySafety()]),
        .target(
            name: "Ledger", dependencies: ["Reconciliation", "Postgres"], swiftSettings: settings,
            plugins: ["EmbedMigrations"]),
        .target(
            name: "MonoAPI", dependencies: ["Reconciliation", httpClient, nioCore, nioPosix, nioHTTP1, nioSSL],
            swiftSettings: settings),
        .target(name: "Reports", dependencies: ["Reconciliation", crypto], swiftSettings: settings),
        .target(
            name: "Webhooks", dependencies: [hummingbird, crypto, logging, nioCore, nioPosix], swiftSettings: settings),
        .executableTarget(
            name: "MonoReconcile",
            dependencies: [
                "Reconciliation", "Postgres", "Ledger", "MonoAPI", "Reports", "Webhooks", argumentParser, logging,
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "MonoSandbox", dependencies: [httpClient, argumentParser, nioCore, nioPosix, nioHTTP1],
            swiftSettings: settings),
        // sql/ is the one home of the schema; the build copies it into the binary.
        .executableTarget(name: "embed-migrations", path: "Plugins/EmbedMigrationsTool", swiftSettings: settings),
        .plugin(name: "EmbedMigrations", capability: .buildTool(), dependencies: ["embed-migrations"]),

        .target(
            name: "TestSupport", dependencies: ["Postgres"], path: "Tests/TestSupport", swiftSettings: settings),
        .target(name: "TestTraits", path: "Tests/TestTraits", swiftSettings: settings),
        // Several workers through whole nights, in virtual time.
        .target(
            name: "Simulation", dependencies: ["Reconciliation", deque, heap], path: "Tests/Simulation",
            swiftSettings: settings),
        .executableTarget(
            name: "SimulateTool", dependencies: ["Simulation", "Reconciliation", argumentParser],
            path: "Tests/SimulateTool", swiftSettings: settings),
        .testTarget(name: "SimulationTests", dependencies: ["Simulation", "TestTraits"], swiftSettings: settings),
        .testTarget(
            name: "ReconciliationTests", dependencies: ["Reconciliation", "TestTraits"], swiftSettings: settings),
        .testTarget(name: "PostgresTests", dependencies: ["Postgres", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "LedgerTests", dependencies: ["Ledger", "Postgres", "Reconciliation", "TestSupport"],
            resources: [.copy("Fixtures")], swiftSettings: settings),
        .testTarget(
            name: "MonoAPITests", dependencies: ["MonoAPI", "Reconciliation", nioCore, nioPosix, nioHTTP1],
            resources: [.copy("Fixtures")], swiftSettings: settings),
        .testTarget(
            name: "ReportsTests", dependencies: ["Reports", "Reconciliation", "TestTraits"], swiftSettings: settings),
        .testTarget(
            name: "WebhooksTests", dependencies: ["Webhooks", "TestSupport", "TestTraits", logging],
            resources: [.copy("Fixtures")], swiftSettings: settings),
        .testTarget(name: "SandboxTests", dependencies: ["MonoSandbox", httpClient], swiftSettings: settings),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["TestSupport", "Postgres", "Webhooks", "MonoReconcile", "MonoSandbox"],
            swiftSettings: settings),
        .testTarget(
            name: "MonoReconcileTests",
            dependencies: [
                "MonoReconcile", "Ledger", "MonoAPI", "Postgres", "Reconciliation", "Reports", "Webhooks",
                argumentParser,
                logging,
            ],
            swiftSettings: settings),
        .testTarget(name: "ArchitectureTests", swiftSettings: settings),
    ]
)
