import TraceBytes

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Lines for people, on standard error; data never goes there.
enum Diagnostics {
  /// Writes one line. Control characters in it, which can come from a file name or a captured name,
  /// are shown as visible escapes.
  static func line(_ text: String) {
    let bytes = Array((VisibleText.of(text) + "\n").utf8)
    unsafe bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let wrote = unsafe write(2, buffer.baseAddress?.advanced(by: done), buffer.count - done)
        if wrote <= 0 { return }
        done += wrote
      }
    }
  }

  /// Lines of a summary, each with the name of the program.
  static func notes(_ texts: [String]) { for text in texts { line("zcap: \(text)") } }

  /// A failure: `zcap: trace.bin: cannot open: No such file or directory`.
  static func error(_ error: TraceError) { line("zcap: \(error)") }

  static var isTerminal: Bool { isatty(2) == 1 }
}
