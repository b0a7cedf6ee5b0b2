import Synchronization
import TraceBytes
import ZCapKit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Lines for people, on standard error; data never goes there.
enum Diagnostics {
  private static let quiet = Atomic<Bool>(false)

  /// With `--quiet`: only failures are told.
  static var isQuiet: Bool { quiet.load(ordering: .relaxed) }

  static func beQuiet(_ isQuiet: Bool) {
    guard isQuiet else { return }
    quiet.store(true, ordering: .relaxed)
    ProgressLine.end()
  }

  /// Writes one line that is worth knowing. Control characters in it, which can come from a file name or a
  /// captured name, are shown as visible escapes.
  static func line(_ text: String) { if !isQuiet { failure(text) } }

  /// Writes one line that says why something failed.
  static func failure(_ text: String) {
    ProgressLine.wipe()
    let shown = VisibleText.of(text)
    let bytes = Array(
      ((Terminal.errorWidth.map { LineFold(width: $0).folded(shown) } ?? shown) + "\n").utf8)
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
  static func error(_ error: TraceError) { failure("zcap: \(error)") }
}
