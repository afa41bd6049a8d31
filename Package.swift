// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

// Test code is waited for while it is compiled, not while it runs. (What computes much keeps the optimiser: XetTests,
// TransferTests, TestSupport.)
let testSettings = settings + [.unsafeFlags(["-Onone"])]

// The executables carry the Swift runtime, so that they start fast and run where no toolchain is installed.
// Only they are linked this way: the same optimised modules also serve the test bundle, and one build is enough.
let staticRuntime: [LinkerSetting] = [
    .unsafeFlags(["-static-stdlib"], .when(platforms: [.linux])),
    .linkedLibrary("_FoundationCShims", .when(platforms: [.linux])),
    .linkedLibrary("_FoundationCollections", .when(platforms: [.linux])),
]
let staticFoundation: [LinkerSetting] =
    staticRuntime + [
        .linkedLibrary("Foundation", .when(platforms: [.linux])),
        .linkedLibrary("FoundationInternationalization", .when(platforms: [.linux])),
        .linkedLibrary("CoreFoundation", .when(platforms: [.linux])),
        .linkedLibrary("_FoundationICU", .when(platforms: [.linux])),
    ]

// What libtorrent was built with, as its .pc file says: SwiftPM takes no defines from there, and without these its
// classes have another layout.
let libtorrentDefines: [CXXSetting] = [
    "TORRENT_LINKING_SHARED", "BOOST_ASIO_ENABLE_CANCELIO", "BOOST_ASIO_NO_DEPRECATED", "TORRENT_USE_OPENSSL",
    "TORRENT_USE_LIBCRYPTO", "TORRENT_SSL_PEERS", "OPENSSL_NO_SSL2", "BOOST_ALL_NO_LIB",
].map { .define($0) }

let package = Package(
    name: "shoal",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "shoal", targets: ["shoal"]),
        .executable(name: "shoal-server", targets: ["shoal-server"]),
        .library(name: "HubClient", targets: ["HubClient"]),
        .library(name: "Xet", targets: ["Xet"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Pure: formats and kernels.
        .target(name: "CKernels"),
        .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"]), .brew(["lz4"])]),
        .target(name: "Xet", dependencies: ["CKernels", "CLZ4"], swiftSettings: settings),
        .target(name: "HubWire", swiftSettings: settings),
        .target(name: "Processes", swiftSettings: settings),

        // The client.
        .target(
            name: "Transport",
            dependencies: [
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPCompression", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: settings),
        .target(name: "CDisk"),
        .target(name: "CStacks"),
        .target(name: "ChunkStore", dependencies: ["CDisk", "Xet"], swiftSettings: settings),
        .target(
            name: "XetClient",
            dependencies: [
                "HubWire", "Transport", "Xet",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .target(
            name: "Transfer",
            dependencies: [
                "ChunkStore", "Transport", "Xet", "XetClient",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .target(
            name: "HubClient",
            dependencies: [
                "ChunkStore", "HubWire", "Transfer", "Transport", "Xet", "XetClient",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings),
        // The swarm: what peers say to each other, without I/O, and who says it.
        .target(
            name: "SwarmWire",
            dependencies: ["Xet", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: settings),
        .target(
            name: "Swarm",
            dependencies: [
                "ChunkStore", "SwarmWire", "Transfer", "Transport", "Xet", "XetClient",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .target(name: "SwarmTracker", dependencies: ["SwarmWire"], swiftSettings: settings),
        // Publishing: what publishers say, and the engine that moves torrents. Without libtorrent it builds as well, and
        // says that it is missing.
        .target(
            name: "PublishWire",
            dependencies: ["HubWire", "SwarmWire", "Xet", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: settings),
        .systemLibrary(
            name: "CLibtorrent", pkgConfig: "libtorrent-rasterbar",
            providers: [.apt(["libtorrent-rasterbar-dev"]), .brew(["libtorrent-rasterbar"])]),
        .target(name: "CTorrent", dependencies: ["CLibtorrent"], cxxSettings: libtorrentDefines),
        .target(name: "Torrents", dependencies: ["CTorrent", "PublishWire", "SwarmWire"], swiftSettings: settings),
        .target(name: "Terminal", swiftSettings: settings),
        .target(
            name: "Commands",
            dependencies: [
                "CStacks", "ChunkStore", "HubClient", "HubWire", "Processes", "Swarm", "SwarmWire", "Terminal",
                "Transfer",
                "Transport", "Xet", "XetClient",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "shoal", dependencies: ["Commands"], swiftSettings: settings, linkerSettings: staticRuntime),

        // The server.
        .systemLibrary(
            name: "CCMarkGFM", pkgConfig: "libcmark-gfm",
            providers: [.apt(["libcmark-gfm-dev", "libcmark-gfm-extensions-dev"]), .brew(["cmark-gfm"])]),
        // What the web servers of the hub and of the agent have in common.
        .target(
            name: "ServerChannel", dependencies: [.product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: settings),
        .target(
            name: "HubServer",
            dependencies: [
                "CCMarkGFM", "HubWire", "Processes", "ServerChannel", "SwarmTracker", "SwarmWire", "Xet",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: settings
        ),
        // Publishing without a hub: the registry, sharing, getting, seeding, discovery.
        .target(
            name: "Publish",
            dependencies: [
                "ChunkStore", "HubClient", "HubWire", "Processes", "PublishWire", "SwarmWire", "Torrents", "Transfer",
                "Transport", "Xet", "XetClient",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: settings),
        // The background service of a user.
        .target(
            name: "Agent",
            dependencies: [
                "ChunkStore", "HubClient", "HubWire", "Publish", "PublishWire", "ServerChannel", "Swarm", "SwarmWire",
                "Torrents", "Transfer", "Transport", "Xet", "XetClient",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .target(
            name: "ServerCommands",
            dependencies: [
                "Agent", "ChunkStore", "Commands", "HubClient", "HubServer", "HubWire", "Processes", "Publish",
                "PublishWire", "Swarm", "SwarmTracker", "SwarmWire", "Terminal", "Torrents", "Transfer", "Transport",
                "Xet",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "shoal-server",
            dependencies: ["ServerCommands"],
            swiftSettings: settings,
            linkerSettings: staticFoundation
        ),

        // Tests.
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
        .target(
            name: "SwarmSimulation", dependencies: ["Swarm"], path: "Tests/SwarmSimulation", swiftSettings: settings),
        .target(
            name: "HostilePeers",
            dependencies: ["Swarm", "SwarmWire", "Xet", .product(name: "NIOCore", package: "swift-nio")],
            path: "Tests/HostilePeers", swiftSettings: settings),
        .executableTarget(
            name: "hostile-peer",
            dependencies: [
                "HostilePeers", "HubClient", "Swarm", "SwarmWire", "Transport", "Xet",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Benchmarks/HostilePeer", swiftSettings: settings),
        .executableTarget(
            name: "swarm-simulation", dependencies: ["SwarmSimulation"], path: "Benchmarks/SwarmSimulation",
            swiftSettings: settings),
        .testTarget(name: "XetTests", dependencies: ["CKernels", "CLZ4", "Xet"], swiftSettings: settings),
        .testTarget(
            name: "ConformanceTests",
            dependencies: ["Xet"],
            exclude: ["vectors"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "TransferTests",
            dependencies: [
                "ChunkStore", "HubWire", "TestSupport", "Transfer", "Transport", "Xet", "XetClient",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SwarmWireTests", dependencies: ["SwarmWire", "SwarmTracker", "TestSupport", "Xet"],
            swiftSettings: settings),
        .testTarget(
            name: "PublishWireTests",
            dependencies: [
                "HubWire", "PublishWire", "SwarmWire", "TestSupport", "Xet",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: testSettings),
        .testTarget(
            name: "TorrentsTests",
            dependencies: ["PublishWire", "SwarmWire", "TestSupport", "Torrents"],
            exclude: ["Support/python"],
            swiftSettings: testSettings),
        .testTarget(
            name: "SwarmTests",
            dependencies: [
                "ChunkStore", "HostilePeers", "Swarm", "SwarmSimulation", "SwarmWire", "TestSupport", "Transfer",
                "Transport", "Xet", "XetClient",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "HubClientTests",
            dependencies: [
                "HubClient", "HubWire", "Transfer", "Transport", "XetClient",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: testSettings
        ),
        .testTarget(
            name: "CommandsTests",
            dependencies: [
                "Commands", "HubClient", "HubWire", "Processes", "Terminal", "Transport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: testSettings
        ),
        .testTarget(
            name: "HubServerTests",
            dependencies: [
                "HubServer", "HubWire", "SwarmTracker", "SwarmWire", "TestSupport", "Xet",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: testSettings
        ),
        .testTarget(
            name: "AgentTests",
            dependencies: [
                "Agent", "HubClient", "HubWire", "SwarmWire", "TestSupport", "Transport", "Xet",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: testSettings
        ),
        .testTarget(
            name: "PublishTests",
            dependencies: [
                "HubClient", "HubWire", "Publish", "PublishWire", "SwarmWire", "TestSupport", "Torrents", "Transfer",
                "Transport", "Xet", "XetClient",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: testSettings
        ),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "Swarm", "SwarmWire", "TestSupport", "Transport", "Xet",
                .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["python", "shim"],
            swiftSettings: testSettings
        ),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
