public import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The built zcap at work on an input that a test feeds piece by piece.
public final class LiveCommand {
  private let process: Process
  private let folder: ScratchFolder
  private let input: Pipe?

  /// - Parameter feeds: whether ``feed(_:)`` writes to its standard input, which stays open.
  public init(_ arguments: [String], feeds: Bool = false) throws {
    folder = try ScratchFolder()
    process = Process()
    process.executableURL = URL(fileURLWithPath: RunCommand.zcap)
    process.arguments = arguments
    var environment = ProcessInfo.processInfo.environment
    environment["TZ"] = "UTC"
    process.environment = environment
    for name in ["stdout", "stderr"] { try RunCommand.write([], to: folder(name)) }
    input = feeds ? Pipe() : nil
    process.standardInput = input ?? FileHandle.nullDevice
    process.standardOutput = try FileHandle(
      forWritingTo: URL(fileURLWithPath: folder("stdout")))
    process.standardError = try FileHandle(
      forWritingTo: URL(fileURLWithPath: folder("stderr")))
    try process.run()
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  public var isRunning: Bool { process.isRunning }

  /// Writes to its standard input.
  public func feed(_ bytes: [UInt8]) throws {
    try input?.fileHandleForWriting.write(contentsOf: Data(bytes))
  }

  /// Waits until it has read what it was fed, and has done with it.
  public func digest() {
    guard let input else { return }
    wait {
      var unread: Int32 = 0
      return unsafe ioctl(
        input.fileHandleForWriting.fileDescriptor, UInt(FIONREAD), &unread) == 0 && unread == 0
    }
    usleep(200_000)
  }

  /// What it has written so far.
  public var output: [UInt8] { (try? RunCommand.bytes(folder("stdout"))) ?? [] }
  public var errors: String {
    String(decoding: (try? RunCommand.bytes(folder("stderr"))) ?? [], as: UTF8.self)
  }
  public var lines: Int { output.count { $0 == 0x0A } }

  /// Waits until something holds, for ten seconds at most; returns how long it took.
  @discardableResult
  public func wait(until holds: () -> Bool) -> Duration {
    let start = ContinuousClock.now
    while !holds(), .now - start < .seconds(10) { usleep(2_000) }
    return .now - start
  }

  /// Sends a signal, and says how the command ended.
  public func end(_ signal: Int32 = SIGINT) throws -> CommandResult {
    kill(process.processIdentifier, signal)
    return try result()
  }

  /// Sends a signal and does not wait.
  public func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Waits for the end.
  public func result() throws -> CommandResult {
    process.waitUntilExit()
    return try RunCommand.result(process, folder)
  }
}

/// Adds bytes to the end of a file.
public func append(_ bytes: [UInt8], to path: String) throws {
  let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
  try file.seekToEnd()
  try file.write(contentsOf: Data(bytes))
  try file.close()
}
