// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that users of zcap do not build the benchmark library.
let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(name: "zcap", path: ".."),
    // Without its default trait, which wants jemalloc: allocations are counted in Tests (AllocationTests).
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    .executableTarget(
      name: "TraceBenchmarks",
      dependencies: [
        .product(name: "ZCap", package: "zcap"),
        .product(name: "Benchmark", package: "benchmark"),
      ],
      path: "Benchmarks/TraceBenchmarks",
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
  ]
)
