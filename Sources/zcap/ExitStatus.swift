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

  init(_ outcome: RunOutcome) {
    self =
      switch outcome {
      case .done: .done
      case .nothingMatched: .nothingMatched
      case .failed: .failed
      case .dataLost: .dataLost
      }
  }

  var code: ExitCode { ExitCode(rawValue) }

  /// Ends the command unless all is well.
  static func end(_ outcome: RunOutcome) throws {
    if outcome != .done { throw ExitStatus(outcome).code }
  }
}
