import Foundation
import FuzzTargets
import TestSupport
import Testing

/// The fuzz targets without a fuzzer: what once failed, and the captures damaged.
@Suite("Fuzz: regressions and damaged captures")
struct FuzzTests {
  /// Inputs that once crashed, hung or gave what must not be: `TARGET-what`.
  private static let regressions: [String] = {
    let folder = RunCommand.packageRoot + "/Tests/Fuzz/regressions"
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
      .filter { !$0.hasPrefix(".") }.map { "\(folder)/\($0)" }
  }()

  @Test("what once failed", arguments: regressions)
  func regression(_ path: String) throws {
    let name = URL(fileURLWithPath: path).lastPathComponent
    let target = try #require(FuzzTarget(rawValue: String(name.prefix { $0 != "-" })))
    try target.run(RunCommand.bytes(path), Rendering())
  }

  /// `make fuzz` makes ten thousand of each.
  @Test("captures damaged", arguments: Mutation.allCases)
  func damaged(_ kind: Mutation) throws {
    let folder = RunCommand.packageRoot + "/captures"
    let report = try Mutation.run(folder: folder, kinds: [kind], count: 120)
    #expect(report.findings == [])
  }
}
