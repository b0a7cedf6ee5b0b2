package import TraceBytes

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Other programs: where they are, what they say, and one that takes what this one writes.
package enum Program {
  /// Where this program lies, without links on the way.
  package static var own: String {
    #if os(Linux)
      let link = "/proc/self/exe"
    #else
      let link = CommandLine.arguments.first ?? "zcap"
    #endif
    guard let path = unsafe realpath(link, nil) else { return link }
    defer { unsafe free(path) }
    return unsafe String(cString: path)
  }

  /// Where a program is, by PATH and then by the places where it lies on macOS; nil when it is nowhere.
  static func find(_ name: String) -> String? {
    if name.contains("/") { return unsafe access(name, X_OK) == 0 ? name : nil }
    let path = Terminal.environment("PATH") ?? "/usr/bin:/bin"
    let folders =
      path.split(separator: ":").map(String.init) + ["/Applications/Wireshark.app/Contents/MacOS"]
    return folders.map { "\($0)/\(name)" }.first { unsafe access($0, X_OK) == 0 }
  }

  /// What a program writes to standard output; nil when it cannot be run or fails.
  static func output(_ words: [String]) -> String? {
    guard let stream = unsafe popen(shell(words) + " 2>/dev/null", "r") else { return nil }
    var text: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = part.count
      let got = unsafe part.withUnsafeMutableBufferPointer {
        unsafe fread($0.baseAddress, 1, count, stream)
      }
      if got == 0 { break }
      text += part.prefix(got)
    }
    return unsafe pclose(stream) == 0 ? String(decoding: text, as: UTF8.self) : nil
  }

  /// Starts a program that reads what this one writes to standard output from now on, and that no Ctrl-C of
  /// this terminal reaches.
  ///
  /// - Parameter remedy: what can be done where the program is not there.
  package static func startReader(_ words: [String], remedy: String) throws(TraceError) {
    guard let name = words.first, let path = find(name) else {
      throw TraceError(
        words.first ?? "program", .failed("is not installed, or not in PATH; \(remedy)"))
    }
    var ends: [Int32] = [-1, -1]
    guard unsafe ends.withUnsafeMutableBufferPointer({ unsafe pipe($0.baseAddress) }) == 0 else {
      throw TraceError(path, .io(operation: "cannot make a pipe", errno: errno))
    }
    defer { for end in ends { close(end) } }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let status = spawn(path, words, input: ends[0])
    guard status == 0 else {
      throw TraceError(path, .io(operation: "cannot start", errno: status))
    }
    dup2(ends[1], 1)
  }

  private static func spawn(_ path: String, _ words: [String], input: Int32) -> Int32 {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = unsafe posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawnattr_init(&attributes)
    defer {
      unsafe posix_spawn_file_actions_destroy(&actions)
      unsafe posix_spawnattr_destroy(&attributes)
    }
    unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
    defer { unsafe arguments.forEach { unsafe free($0) } }
    var child = pid_t()
    return unsafe posix_spawn(&child, path, &actions, &attributes, &arguments, environ)
  }

  /// Words for a shell, none of which it looks into.
  private static func shell(_ words: [String]) -> String {
    words.map {
      "'" + $0.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
        + "'"
    }
    .joined(separator: " ")
  }
}
