import Synchronization
import TraceBytes
import ZCapKit

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

  /// One line that is worth knowing, as it is.
  static func line(_ text: String) { if !isQuiet { failure(text) } }

  /// One line that says why something failed, as it is.
  static func failure(_ text: String) { ErrorOutput.line(text) }

  /// Lines with the name of the program; one that begins with blanks belongs to the line before.
  static func notes(_ texts: [String]) {
    for text in texts { line(text.hasPrefix("  ") ? text : "zcap: \(text)") }
  }

  static func note(_ text: String) { notes([text]) }

  /// A failure: `zcap: trace.bin: cannot open: No such file or directory`.
  static func error(_ error: TraceError) { failure("zcap: \(error)") }

  /// What a run tells.
  static var telling: Telling {
    Telling(note: note, failure: { failure("zcap: \($0)") }, error: error)
  }
}
