#if canImport(Glibc)
  @unsafe @preconcurrency internal import Glibc
#elseif canImport(Musl)
  @unsafe @preconcurrency internal import Musl
#endif

/// The words of the command line.
package enum ProcessArguments {
  /// Swift takes them from /proc on Linux, and has none where that is not mounted: in a bare chroot, say. They stand
  /// in front of the environment then, as the System V ABI lays out the stack of a new process: their count,
  /// the words, a null, the environment.
  package static var words: [String] {
    let words = CommandLine.arguments
    #if os(Linux)
      if unsafe words.isEmpty || access("/proc/self/cmdline", F_OK) != 0 { return fromStack() }
    #endif
    return words
  }

  #if os(Linux)
    /// More words than a process can have.
    private static let limit = 1 << 20

    private static func fromStack() -> [String] {
      let environment = unsafe environ
      guard unsafe environment[-1] == nil else { return [] }
      var words: [String] = []
      while words.count < limit {
        let word = unsafe environment[-2 - words.count]
        if Int(bitPattern: word) == words.count { return words.reversed() }
        guard let word = unsafe word else { return [] }
        words.append(unsafe String(cString: word))
      }
      return []
    }
  #endif
}
