internal import TraceBytes
package import TraceSecrets

extension SecretWords {
  /// What a command is told to look for beside what every trace holds.
  ///
  /// - Parameter nameFiles: files with names of fields whose values are secret, one a line; a line that begins
  ///   with # is a comment.
  /// - Throws: ``UsageMistake`` for a pattern that is none, `TraceError` for a file that cannot be read.
  package init(patterns: [String], nameFiles: [String], cards: Bool) throws {
    self.init()
    self.cards = cards
    for pattern in patterns {
      do throws(SecretPatternMistake) {
        try add(pattern: pattern)
      } catch {
        throw UsageMistake("--redact-pattern \(error.pattern): \(error.reason)")
      }
    }
    for path in nameFiles {
      var text: [UInt8] = []
      try TextInput.read(path) { window, _ in text.append(window) }
      for line in String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline) {
        var name = line.drop(while: \.isWhitespace)
        while name.last?.isWhitespace == true { name.removeLast() }
        if !name.isEmpty, !name.hasPrefix("#") { names.append(String(name)) }
      }
    }
  }
}
