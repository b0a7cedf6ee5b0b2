import ArgumentParser
import ZCapKit

/// How a run ended, as the shell sees it.
enum ExitStatus: Int32 {
  /// Done. A closed pipe counts as done.
  case done = 0
  /// Nothing matched.
  case nothingMatched = 1
  /// Unreadable or unrecognised input, or the output could not be written.
  case failed = 2
  /// With `--strict`: data was lost or damaged.
  case dataLost = 3
  /// A command line that cannot be understood.
  case misused = 64

  init(_ outcome: RunOutcome) {
    self =
      switch outcome {
      case .done: .done
      case .nothingMatched: .nothingMatched
      case .failed: .failed
      case .dataLost: .dataLost
      }
  }

  /// Ends the command unless all is well.
  func end() throws { if self != .done { throw ExitCode(rawValue) } }
}
