import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The built zcap on a terminal of its own, as a user has it.
public enum TerminalCommand {
  /// Runs the command to its end; what it writes is in `output`, in the order in which a terminal shows it.
  ///
  /// - Parameters:
  ///   - columns: columns of the terminal.
  ///   - environment: more variables; no pager is called unless one is named.
  public static func run(
    _ arguments: [String], columns: Int, in directory: String? = nil,
    environment: [String: String] = [:]
  ) throws -> CommandResult {
    let (leader, follower) = try open(columns)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: RunCommand.zcap)
    process.arguments = arguments
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    var variables = ProcessInfo.processInfo.environment
    for name in ["COLUMNS", "NO_COLOR", "LESS", "PAGER"] { variables[name] = nil }
    variables.merge(["TZ": "UTC", "LC_ALL": "C.UTF-8", "TERM": "xterm", "ZCAP_PAGER": "cat"]) { $1 }
    variables.merge(environment) { $1 }
    process.environment = variables
    process.standardInput = FileHandle.nullDevice
    let terminal = FileHandle(fileDescriptor: follower, closeOnDealloc: false)
    process.standardOutput = terminal
    process.standardError = terminal
    try process.run()
    close(follower)
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      // The end of a terminal is an error on Linux.
      let count = unsafe buffer.withUnsafeMutableBytes {
        unsafe read(leader, $0.baseAddress, $0.count)
      }
      if count <= 0 { break }
      output += buffer[..<count]
    }
    close(leader)
    process.waitUntilExit()
    return CommandResult(status: process.terminationStatus, output: output, errors: "")
  }

  /// Lines as they are seen: without escape sequences, and of a line that is written over its last state.
  public static func lines(_ output: [UInt8]) -> [String] {
    var plain = String.UnicodeScalarView()
    var isEscape = false
    for scalar in String(decoding: output, as: UTF8.self).unicodeScalars where scalar != "\r" {
      if scalar == "\u{1B}" {
        isEscape = true
      } else if isEscape {
        isEscape = scalar == "[" || !(0x40...0x7E).contains(scalar.value)
      } else {
        plain.append(scalar)
      }
    }
    return String(plain).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  private static func open(_ columns: Int) throws -> (leader: Int32, follower: Int32) {
    let leader = unsafe Foundation.open("/dev/ptmx", O_RDWR | O_NOCTTY)
    #if canImport(Darwin)
      guard leader >= 0, grantpt(leader) == 0, unlockpt(leader) == 0 else {
        throw POSIXError(.ENODEV)
      }
      let name = unsafe String(cString: ptsname(leader))
    #else
      // TIOCSPTLCK and TIOCGPTN: what unlockpt and ptsname do, which the module of the C library leaves out.
      var (lock, number): (Int32, UInt32) = (0, 0)
      guard leader >= 0, unsafe ioctl(leader, 0x4004_5431, &lock) == 0,
        unsafe ioctl(leader, 0x8004_5430, &number) == 0
      else { throw POSIXError(.ENODEV) }
      let name = "/dev/pts/\(number)"
    #endif
    let follower = unsafe Foundation.open(name, O_RDWR | O_NOCTTY)
    guard follower >= 0 else { throw POSIXError(.ENODEV) }
    var size = winsize(ws_row: 50, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = unsafe ioctl(leader, UInt(TIOCSWINSZ), &size)
    return (leader, follower)
  }
}
