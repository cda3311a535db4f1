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
    // An application: it is built and tested with these versions and no others.
    dependencies: [
        // Options, help, completion scripts and exit codes of the three programs.
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        // Calls of Mono's API and of the health check: connection pool, TLS, proxies.
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        // The web server below `listen` (its core only): graceful shutdown, limits, back pressure.
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        // The log's interface, which the two above speak as well.
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        // Queues and timers of the scheduler: Deque and Heap.
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        // What the client's and the server's interfaces are made of, and the stand-in's connections.
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        // The client's TLS settings, and its errors by name.
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    ],
    targets: [
        // Texts that several modules read or write by one rule: JSON, ids, durations.
        .target(name: "Text", swiftSettings: settings),
        // What the operating system gives: signals, facts of the process, digests.
        .systemLibrary(
            name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl"])]),
        .target(name: "Platform", dependencies: ["CLibCrypto"], swiftSettings: settings + [.strictMemorySafety()]),
        // The domain as values: no clock, no file, no socket.
        .target(name: "Reconciliation", dependencies: ["Text", deque, heap], swiftSettings: settings),
        .systemLibrary(
            name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
        .target(name: "Postgres", dependencies: ["CLibPQ"], swiftSettings: settings + [.strictMemorySafety()]),
        .target(
            name: "Ledger", dependencies: ["Reconciliation", "Postgres", "Text"], swiftSettings: settings,
            plugins: ["EmbedFiles"]),
        .target(
            name: "MonoAPI", dependencies: ["Reconciliation", "Text", httpClient, nioCore, nioPosix, nioHTTP1, nioSSL],
            swiftSettings: settings),
        .target(
            name: "Reports", dependencies: ["Reconciliation", "Platform", "Text"],
            exclude: ["Page/page.css", "Page/page.js"], swiftSettings: settings, plugins: ["EmbedFiles"]),
        .target(
            name: "Webhooks", dependencies: ["Platform", "Text", hummingbird, logging, nioCore, nioPosix, nioHTTP1],
            swiftSettings: settings),
        .executableTarget(
            name: "MonoReconcile",
            dependencies: [
                "Reconciliation", "Postgres", "Ledger", "MonoAPI", "Reports", "Webhooks", "Platform", "Text",
                argumentParser, logging,
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "MonoSandbox",
            dependencies: ["Platform", "Text", httpClient, argumentParser, nioCore, nioPosix, nioHTTP1],
            swiftSettings: settings),
        // The schema (sql/), the page's style and its script are files; the build copies them into the binary.
        .executableTarget(name: "embed-files", path: "Plugins/EmbedFilesTool", swiftSettings: settings),
        .plugin(name: "EmbedFiles", capability: .buildTool(), dependencies: ["embed-files"]),

        .target(
            name: "TestSupport", dependencies: ["Postgres"], path: "Tests/TestSupport", swiftSettings: settings),
        .target(name: "TestTraits", path: "Tests/TestTraits", swiftSettings: settings),
        // What every store of runs promises, as checks that PostgreSQL and the simulation's memory both pass.
        .target(
            name: "RunStoreConformance", dependencies: ["Reconciliation"], path: "Tests/RunStoreConformance",
            swiftSettings: settings),
        // Several workers through whole nights, in virtual time.
        .target(
            name: "Simulation", dependencies: ["Reconciliation", deque, heap], path: "Tests/Simulation",
            swiftSettings: settings),
        .executableTarget(
            name: "SimulateTool", dependencies: ["Simulation", "Reconciliation", argumentParser],
            path: "Tests/SimulateTool", swiftSettings: settings),
        // What is learned of banks, against the exact optimum of laws that are drawn anew.
        .executableTarget(
            name: "polling", dependencies: ["Reconciliation"], path: "Benchmarks/PollingTool", swiftSettings: settings),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["Reconciliation", "RunStoreConformance", "Simulation", "TestTraits"],
            swiftSettings: settings),
        .testTarget(
            name: "ReconciliationTests", dependencies: ["Reconciliation", "TestTraits"], swiftSettings: settings),
        .testTarget(name: "PostgresTests", dependencies: ["Postgres", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "LedgerTests",
            dependencies: ["Ledger", "Postgres", "Reconciliation", "RunStoreConformance", "TestSupport"],
            resources: [.copy("Fixtures")], swiftSettings: settings),
        .testTarget(
            name: "MonoAPITests",
            dependencies: ["MonoAPI", "Reconciliation", "TestSupport", nioCore, nioPosix, nioHTTP1],
            resources: [.copy("Fixtures")], swiftSettings: settings),
        .testTarget(
            name: "ReportsTests", dependencies: ["Reports", "Reconciliation", "Text", "TestTraits"],
            swiftSettings: settings),
        .testTarget(
            name: "WebhooksTests", dependencies: ["Webhooks", "Text", "TestSupport", "TestTraits", logging],
            resources: [.copy("Fixtures")], swiftSettings: settings),
        .testTarget(name: "SandboxTests", dependencies: ["MonoSandbox", "Text", httpClient], swiftSettings: settings),
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
        .testTarget(name: "ArchitectureTests", dependencies: ["Reconciliation"], swiftSettings: settings),
    ]
)
