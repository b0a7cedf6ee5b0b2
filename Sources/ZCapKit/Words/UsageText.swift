internal import TraceBytes

/// What is said of a command line that cannot be understood.
package enum UsageText {
  /// The message as it may go to a terminal: values of options can hold anything, and are shown with escapes
  /// wherever the message repeats them.
  ///
  /// - Parameters:
  ///   - message: what the argument parser or the command says, in lines.
  ///   - words: the command line.
  package static func visible(_ message: String, _ words: [String]) -> String {
    var text = message
    // Longest first: a value may be a part of another one.
    for part in words.flatMap(parts).sorted(by: { $0.utf8.count > $1.utf8.count }) {
      let shown = VisibleText.of(part)
      if shown != part { text = replacing(part, in: text, by: shown) }
    }
    return text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { VisibleText.of(String($0)) }.joined(separator: "\n")
  }

  /// A word, and the value in `--option=value`.
  private static func parts(_ word: String) -> [String] {
    guard word.hasPrefix("-"), let sign = word.firstIndex(of: "=") else { return [word] }
    return [word, String(word[word.index(after: sign)...])]
  }

  private static func replacing(_ part: String, in text: String, by other: String) -> String {
    guard !part.isEmpty else { return text }
    let (text, part, other) = (Array(text.utf8), Array(part.utf8), Array(other.utf8))
    var result: [UInt8] = []
    var at = 0
    while at < text.count {
      if text.count - at >= part.count, text[at] == part[0],
        text[at..<at + part.count].elementsEqual(part)
      {
        result += other
        at += part.count
      } else {
        result.append(text[at])
        at += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// A message of the argument parser with the words that a value may be in its first line, where it has a
  /// line for each of them.
  static func inOneLine(_ message: String) -> String {
    let lines = message.split(separator: "\n", omittingEmptySubsequences: false)
    let words = lines.filter { $0.hasPrefix("  - ") }.map { $0.dropFirst(4) }
    guard let first = lines.first, first.hasSuffix("one of the following:") else { return message }
    return
      ([first.dropLast("the following:".count) + words.joined(separator: ", ") + "."]
      + lines.dropFirst().filter { !$0.hasPrefix("  - ") }).joined(separator: "\n")
  }

  /// The option that a message of the argument parser does not know: `Unknown option '-w'`.
  package static func unknownOption(in message: String) -> String? {
    guard let start = message.firstRange(of: "Unknown option '")?.upperBound,
      let end = message[start...].firstIndex(of: "'")
    else { return nil }
    return String(message[start..<end])
  }
}
