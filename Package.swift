// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

/// One set of compiler settings for every Swift target.
let strict: [SwiftSetting] = [
  // Every use of an unsafe construct is marked `unsafe` where it happens, so a reader can find them all.
  .strictMemorySafety(),
  // A warning that may stay is a warning that nobody reads.
  .treatAllWarnings(as: .error),
  // `any P` shows where a call goes through an existential.
  .enableUpcomingFeature("ExistentialAny"),
  // A dependency leaks into a module's interface only where `public import` says so.
  .enableUpcomingFeature("InternalImportsByDefault"),
  // A member is usable only where its module is imported by name.
  .enableUpcomingFeature("MemberImportVisibility"),
  // An async function stays on its caller's executor unless it says otherwise.
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let nio: [Target.Dependency] = [
  .product(name: "NIOCore", package: "swift-nio"),
  .product(name: "NIOPosix", package: "swift-nio"),
]
let collections: Target.Dependency = .product(name: "OrderedCollections", package: "swift-collections")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

/// Octets from anywhere: the targets' entries, which tests call too; and for `Scripts/fuzz.sh` alone, whose compiler
/// options libFuzzer needs, the program.
let fuzzing: [Target] =
  [
    .target(
      name: "FuzzTargets",
      dependencies: [
        "DNSServer", "DNSWire", "KubeClient", "KubeModel", "Naming", collections,
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      path: "Fuzz/FuzzTargets", swiftSettings: strict),
    .testTarget(
      name: "FuzzTests",
      dependencies: ["DNSServer", "DNSWire", "FuzzTargets", "LinuxSystem", "Naming", logging, lifecycle] + nio,
      exclude: ["Crashers"], swiftSettings: strict),
  ]
  + (Context.environment["CALLSIGN_FUZZ"] == nil
    ? []
    : [
      .systemLibrary(name: "CLibFuzzer", path: "Fuzz/CLibFuzzer"),
      .executableTarget(
        name: "callsign-fuzz", dependencies: ["CLibFuzzer", "FuzzTargets", "LinuxSystem"], path: "Fuzz/Driver",
        swiftSettings: strict),
    ])

let package = Package(
  name: "callsign",
  products: [
    .executable(name: "callsign", targets: ["callsign"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    // Without its traits: files are read here, where a mistake in one has a line.
    .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    // Without its traits: no swift-configuration, no full Foundation.
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    // In tests alone.
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
  ],
  targets: [
    .target(name: "CLinux"),
    .target(name: "LinuxSystem", dependencies: ["CLinux"], swiftSettings: strict),
    .target(
      name: "ChannelHandlers", dependencies: [logging, .product(name: "NIOTLS", package: "swift-nio")] + nio,
      swiftSettings: strict),
    .target(name: "DNSWire", swiftSettings: strict),
    .target(
      name: "KubeModel",
      dependencies: [collections],
      swiftSettings: strict),
    .target(name: "Naming", dependencies: ["DNSWire", "KubeModel", collections], swiftSettings: strict),
    .target(
      name: "KubeStore",
      dependencies: [
        "KubeModel", collections, logging,
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    .target(
      name: "Controllers",
      dependencies: [
        "KubeModel", collections, logging, lifecycle, .product(name: "DequeModule", package: "swift-collections"),
      ],
      swiftSettings: strict),
    .target(
      name: "ServiceRouting", dependencies: ["KubeModel", "LinuxSystem", logging, lifecycle], swiftSettings: strict),
    .target(
      name: "PodRuntime",
      dependencies: ["KubeModel", "LinuxSystem", collections, logging, lifecycle],
      swiftSettings: strict),
    .target(
      name: "Observability",
      dependencies: [
        "ChannelHandlers", "LinuxSystem", logging, lifecycle,
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
      ] + nio,
      swiftSettings: strict),
    .target(
      name: "DNSServer",
      dependencies: [
        "ChannelHandlers", "DNSWire", "KubeModel", "Naming", "LinuxSystem", "Observability", logging, lifecycle,
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HummingbirdHTTP2", package: "hummingbird"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOTLS", package: "swift-nio"),
      ] + nio,
      swiftSettings: strict),
    .target(
      name: "APIServer",
      dependencies: [
        "ChannelHandlers", "KubeModel", "KubeStore", "LinuxSystem", "Manifests", collections, logging, lifecycle,
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "NIOHTTP2", package: "swift-nio-http2"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOHTTPTypesHTTP2", package: "swift-nio-extras"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOTLS", package: "swift-nio"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "X509", package: "swift-certificates"),
      ] + nio,
      swiftSettings: strict),
    .target(
      name: "Manifests",
      dependencies: ["KubeModel", collections, .product(name: "Yams", package: "Yams")],
      swiftSettings: strict),
    .target(
      name: "KubeClient",
      dependencies: [
        "DNSWire", "KubeModel", "LinuxSystem", "Manifests", "Naming", "Observability", collections, logging, lifecycle,
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTP2", package: "swift-nio-http2"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOTLS", package: "swift-nio"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "X509", package: "swift-certificates"),
      ] + nio,
      swiftSettings: strict),
    .target(
      name: "DNSConfiguration",
      dependencies: [
        "DNSServer", "DNSWire", "KubeModel", "LinuxSystem", "Manifests", "Naming", "Observability", collections,
        .product(name: "Configuration", package: "swift-configuration"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "callsign",
      dependencies: [
        "LinuxSystem", "DNSWire", "KubeModel", "Naming", "KubeStore", "Controllers", "ServiceRouting", "PodRuntime",
        "DNSServer", "DNSConfiguration", "APIServer", "KubeClient", "Manifests", "Observability", collections, logging,
        lifecycle,
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ] + nio,
      swiftSettings: strict),
    .executableTarget(
      name: "startup-benchmark",
      dependencies: ["DNSServer", "DNSWire", "LinuxSystem"],
      path: "Benchmarks/Startup",
      exclude: ["three.yaml"],
      swiftSettings: strict),
    .executableTarget(
      name: "naming-benchmark",
      dependencies: [
        "DNSServer", "DNSWire", "KubeClient", "KubeModel", "LinuxSystem", "Naming", collections, logging, lifecycle,
      ] + nio,
      path: "Benchmarks/Naming",
      swiftSettings: strict),
    // What several tests use.
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    .testTarget(
      name: "APIServerTests",
      dependencies: [
        "APIServer", "KubeModel", "KubeStore", "LinuxSystem", collections, logging, lifecycle,
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTP2", package: "swift-nio-http2"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
        .product(name: "NIOHTTPTypesHTTP2", package: "swift-nio-extras"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "Subprocess", package: "swift-subprocess"),
      ] + nio,
      swiftSettings: strict),
    .testTarget(
      name: "KubeClientTests",
      dependencies: [
        "APIServer", "DNSConfiguration", "DNSWire", "KubeClient", "KubeModel", "KubeStore", "LinuxSystem", "Naming",
        "Observability", "TestSupport", collections, logging, lifecycle,
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HummingbirdHTTP2", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTP2", package: "swift-nio-http2"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "X509", package: "swift-certificates"),
      ] + nio,
      swiftSettings: strict),
    .testTarget(
      name: "ManifestsTests", dependencies: ["KubeModel", "KubeStore", "Manifests", collections],
      swiftSettings: strict),
    .testTarget(
      name: "KubeStoreTests",
      dependencies: [
        "KubeModel", "KubeStore", "TestSupport", collections, .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "DNSConfigurationTests", dependencies: ["DNSConfiguration", "DNSServer", "DNSWire", "Naming"],
      swiftSettings: strict),
    .testTarget(
      name: "KubeModelTests", dependencies: ["KubeModel", "TestSupport", collections], swiftSettings: strict),
    .testTarget(name: "LinuxSystemTests", dependencies: ["LinuxSystem"], swiftSettings: strict),
    .testTarget(name: "DNSWireTests", dependencies: ["DNSWire", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "NamingTests", dependencies: ["DNSWire", "KubeModel", "Naming", collections], exclude: ["Explain/Golden"],
      swiftSettings: strict),
    .testTarget(
      name: "ObservabilityTests", dependencies: ["LinuxSystem", "Observability", "TestSupport", logging, lifecycle],
      swiftSettings: strict),
    .testTarget(
      name: "DNSServerTests",
      dependencies: [
        "DNSWire", "KubeModel", "LinuxSystem", "Naming", "Observability", "DNSServer", "TestSupport", collections,
        logging, lifecycle,
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "Subprocess", package: "swift-subprocess"),
      ] + nio,
      swiftSettings: strict),
    .testTarget(
      name: "ControllersTests",
      dependencies: ["KubeModel", "KubeStore", "Controllers", "TestSupport", collections, logging, lifecycle],
      swiftSettings: strict),
    // End to end: the program itself, as `CALLSIGN_PROGRAM` names it or as it is built beside the tests.
    .testTarget(
      name: "CallsignTests",
      dependencies: [
        "callsign", "KubeModel", "Manifests", .product(name: "Subprocess", package: "swift-subprocess"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "PodRuntimeTests",
      dependencies: [
        "KubeModel", "KubeStore", "LinuxSystem", "PodRuntime", "callsign", collections, logging, lifecycle,
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ServiceRoutingTests",
      dependencies: [
        "KubeModel", "LinuxSystem", "ServiceRouting", "TestSupport", "callsign", collections, logging, lifecycle,
        .product(name: "Subprocess", package: "swift-subprocess"),
      ],
      swiftSettings: strict),
  ] + fuzzing,
  swiftLanguageModes: [.v6]
)
