import Foundation

/// A library of Tests/Shims that stands between a program and the system (LD_PRELOAD).
public struct Shim: Sendable {
  /// Whether shims can be used: not with a sanitizer, which wants to stand there itself.
  public static let isPossible: Bool = {
    #if os(Linux)
      return RunCommand.find("cc") != nil
        && !RunCommand.isSanitized
    #else
      return false
    #endif
  }()

  /// The path of the built library.
  public let path: String

  /// Builds `Tests/Shims/NAME.c` into a folder.
  public init(_ name: String, in folder: ScratchFolder) throws {
    path = folder("\(name).so")
    let source = "\(RunCommand.packageRoot)/Tests/Shims/\(name).c"
    let result = try RunCommand.run(
      RunCommand.find("cc") ?? "cc", ["-shared", "-fPIC", "-O1", "-o", path, source, "-ldl"])
    guard result.status == 0 else { throw ShimError(errors: result.errors) }
  }

  private struct ShimError: Error { let errors: String }
}
