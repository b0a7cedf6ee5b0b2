import ArgumentParser

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

  var code: ExitCode { ExitCode(rawValue) }
}
