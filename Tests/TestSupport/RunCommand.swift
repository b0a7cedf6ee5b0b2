public import Foundation

/// How a program ended and what it wrote.
public struct CommandResult: Sendable {
  /// The exit status; of a program that a signal ended, 128 and the signal, as a shell has it.
  public var status: Int32
  public var output: [UInt8]
  public var errors: String

  /// Standard output as text.
  public var text: String { String(decoding: output, as: UTF8.self) }
}

/// A folder for one test, removed with its contents when the test is done with it.
public final class ScratchFolder: Sendable {
  public let path: String

  public init() throws {
    path =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("zcap-test-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of a file in the folder.
  public func callAsFunction(_ name: String) -> String { path + "/" + name }

  /// What the folder holds, hidden files included.
  public func contents() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }
}

/// Runs programs as a user would: the built zcap, the tools other people use, shell pipelines.
public enum RunCommand {
  /// The root of the package.
  public static let packageRoot: String = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    return url.path
  }()

  /// Whether the tests run under a sanitizer, which takes time and memory of its own.
  public static let isSanitized =
    ProcessInfo.processInfo.environment["ZCAP_SANITIZER"] != nil

  /// The built command: beside the test bundle, which is beside everything that was built.
  public static let zcap: String = {
    var folders = [
      URL(fileURLWithPath: CommandLine.arguments.first ?? "").deletingLastPathComponent().path
    ]
    folders += Bundle.allBundles.filter { $0.bundlePath.hasSuffix(".xctest") }
      .map { $0.bundleURL.deletingLastPathComponent().path }
    folders += ["debug", "release"].map { packageRoot + "/.build/" + $0 }
    return folders.map { $0 + "/zcap" }
      .first { FileManager.default.isExecutableFile(atPath: $0) } ?? "zcap"
  }()

  /// Where a program is installed, or nil.
  public static func find(_ program: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    // tcpdump stands where only administrators look.
    return (path + ":/usr/sbin:/sbin").split(separator: ":").map { $0 + "/" + program }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Runs a program to its end with TZ=UTC and the C locale. Output goes through files, so that
  /// neither side can wait for the other.
  public static func run(
    _ program: String, _ arguments: [String], in directory: String? = nil, input: String? = nil
  ) throws -> CommandResult {
    let folder = try ScratchFolder()
    let process = try start(program, arguments, in: directory, input: input, folder)
    process.waitUntilExit()
    return try result(process, folder)
  }

  /// Starts a program whose output goes to `folder`; ``result(_:_:)`` reads it.
  public static func start(
    _ program: String, _ arguments: [String], in directory: String? = nil, input: String? = nil,
    _ folder: ScratchFolder
  ) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    var environment = ProcessInfo.processInfo.environment
    environment["TZ"] = "UTC"
    environment["LC_ALL"] = "C.UTF-8"
    process.environment = environment
    process.standardInput = try FileHandle(
      forReadingFrom: URL(fileURLWithPath: input ?? "/dev/null"))
    process.standardOutput = try create(folder("stdout"))
    process.standardError = try create(folder("stderr"))
    try process.run()
    return process
  }

  /// What a program that has ended wrote to the files of its folder.
  public static func result(_ process: Process, _ folder: ScratchFolder) throws -> CommandResult {
    let signalled = process.terminationReason == .uncaughtSignal
    return CommandResult(
      status: process.terminationStatus + (signalled ? 128 : 0),
      output: try bytes(folder("stdout")),
      errors: String(decoding: try bytes(folder("stderr")), as: UTF8.self))
  }

  /// Runs a shell script; `$1` and so on are the arguments, `$zcap` is the built command.
  public static func shell(
    _ script: String, _ arguments: [String] = [], in directory: String? = nil
  ) throws -> CommandResult {
    try run(
      "/bin/sh", ["-c", "zcap=$0; " + script, zcap] + arguments, in: directory)
  }

  /// The bytes of a file.
  public static func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// Writes a file, its folders included.
  public static func write(_ bytes: [UInt8], to path: String) throws {
    let url = URL(fileURLWithPath: path)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  private static func create(_ path: String) throws -> FileHandle {
    try write([], to: path)
    return try FileHandle(forWritingTo: URL(fileURLWithPath: path))
  }
}
