// swift-tools-version: 6.2
import PackageDescription

/// Every target is held to the same rules: Swift 6, checked memory, no warnings.
let command: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]
/// A library says which of its imports its users see.
let house = command + [.enableUpcomingFeature("InternalImportsByDefault")]

func library(
  _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = [],
  links: [LinkerSetting] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, resources: resources, swiftSettings: house,
    linkerSettings: links)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TestSupport"], swiftSettings: house)
}

let libraries = [
  "TraceBytes", "TraceModel", "TraceFormats", "TraceFilter", "TraceStreams", "TraceProtocols",
  "TraceSecrets", "TraceRender", "TraceConvert", "TraceTables", "TraceReport", "TLSCertificates",
  "ATTLS", "ATTLSPolicy",
]
let everything = libraries.map { Target.Dependency(stringLiteral: $0) }

// pkg-config would link the shared library too; Homebrew keeps headers where only it tells.
#if os(macOS)
  let yamlConfig: String? = "yaml-0.1"
#else
  let yamlConfig: String? = nil
#endif

/// The fuzzer links a run-time that only its own build has: Scripts/fuzz asks for it.
let fuzzer: [Target] =
  Context.environment["ZCAP_FUZZER"] == nil
  ? []
  : [
    .systemLibrary(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
    .executableTarget(
      name: "fuzz", dependencies: ["FuzzTargets", "CFuzzer"], path: "Tests/Fuzz/Driver",
      swiftSettings: command),
  ]

let package = Package(
  name: "zcap",
  platforms: [.macOS(.v26)],
  products: [
    .executable(name: "zcap", targets: ["zcap"]),
    .library(name: "ZCap", targets: libraries + ["ZCapKit"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
  ],
  targets: [
    // C libraries of the system: each has one importer.
    .systemLibrary(
      name: "CPcap",
      providers: [.apt(["libpcap-dev"]), .brew(["libpcap"])]),
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(
      name: "CYaml", pkgConfig: yamlConfig,
      providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),

    // Bytes in, records out.
    library("TraceBytes", ["CZlib"]),
    library("TraceModel", ["TraceBytes"]),
    library("TraceFormats", ["TraceBytes", "TraceModel"]),
    library("TraceFilter", ["TraceBytes", "TraceModel", "CPcap"]),
    library("TraceStreams", ["TraceBytes", "TraceModel"]),

    // What people read.
    library("TraceProtocols", ["TraceBytes", "TraceModel"]),
    library("TraceSecrets", ["TraceBytes", "TraceModel", "TraceProtocols"]),
    library("TraceRender", ["TraceBytes", "TraceModel", "TraceProtocols", "TraceSecrets"]),
    library("TraceConvert", ["TraceBytes", "TraceModel", "TraceFormats", "TraceStreams"]),

    // Rows as files for other tools; knows nothing of traces.
    library("TraceTables", ["TraceBytes"]),

    // The page; what it shows comes as JSON.
    library("TraceReport", ["TraceBytes"], resources: [.embedInCode("Page")]),

    // The only importer of swift-asn1.
    library(
      "TLSCertificates", ["TraceBytes", .product(name: "SwiftASN1", package: "swift-asn1")]),

    // The AT-TLS side; the policy is the only importer of CYaml.
    library(
      "ATTLS", ["TraceBytes", "TraceModel", "TLSCertificates"],
      resources: [.embedInCode("Tables")]),
    library(
      "ATTLSPolicy", ["TraceBytes", "TraceModel", "CYaml"],
      links: [
        // A part of the command, so that it runs on a Linux without libyaml.
        .linkedLibrary(":libyaml.a", .when(platforms: [.linux]))
      ]),

    // The front door for programs, and what the command runs: the only target that joins streams, protocols
    // and outputs.
    library(
      "ZCapKit",
      everything + [
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "HeapModule", package: "swift-collections"),
      ]),

    .executableTarget(
      name: "zcap",
      dependencies: everything + [
        "ZCapKit",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: command),

    .target(
      name: "TestSupport", dependencies: ["TraceBytes", "TraceModel"], path: "Tests/TestSupport",
      swiftSettings: house),
    // What bytes that nobody vouches for are given to; `make fuzz` runs it in a fuzzer.
    .target(
      name: "FuzzTargets", dependencies: everything, path: "Tests/Fuzz/Targets",
      swiftSettings: house),
    tests("FuzzTests", ["FuzzTargets"]),
    tests("TraceBytesTests", ["TraceBytes"]),
    tests("TraceModelTests", ["TraceModel"]),
    tests("TraceFormatsTests", ["TraceFormats"]),
    tests("TraceFilterTests", ["TraceFilter", "TraceFormats", "TraceStreams"]),
    tests("TraceStreamsTests", ["TraceStreams", "TraceFormats"]),
    tests("TraceProtocolsTests", ["TraceProtocols", "TraceBytes", "TraceModel"]),
    tests(
      "TraceSecretsTests",
      ["TraceSecrets", "TraceStreams", "TraceProtocols", "TraceModel", "TraceBytes"]),
    tests("TraceRenderTests", ["TraceRender", "TraceStreams"]),
    tests(
      "TraceConvertTests",
      ["TraceConvert", "TraceFormats", "TraceStreams", "TraceModel", "TraceBytes"]),
    tests("TraceTablesTests", ["TraceTables", "TraceBytes"]),
    tests("TraceReportTests", ["TraceReport", "TraceBytes"]),
    tests("TLSCertificatesTests", ["TLSCertificates"]),
    tests("ATTLSTests", ["ATTLS", "TraceBytes", "TraceModel"]),
    tests("ATTLSPolicyTests", ["ATTLSPolicy", "TraceBytes", "TraceModel"]),
    tests("ZCapKitTests", everything + ["ZCapKit"]),
    // These two run the built command: captures/CASES, and the tools other people use.
    tests("GoldenTests", ["zcap", "TraceFormats", "TraceModel", "TraceBytes", "TraceRender"]),
    tests("InteropTests", ["zcap", "TraceFormats", "TraceModel", "TraceBytes"]),
  ] + fuzzer
)
