internal import ATTLS
internal import TraceProtocols

/// Codes that servers answer with, in the words that `exchanges` has for them.
enum ApplicationCodes {
  /// What stands behind `mqrc` or `sqlcode`; nil when the first word is neither.
  static func explanations(_ words: [String]) -> [Explanation]? {
    guard words.count > 1 else { return nil }
    let explain: (String) -> Explanation?
    switch words[0].lowercased() {
    case "mqrc": explain = reason
    case "sqlcode": explain = sqlCode
    default: return nil
    }
    return words.dropFirst().map { explain($0) ?? Explainer.unknown(text: "\(words[0]) \($0)") }
  }

  /// What a number alone is, where it is no return code.
  static func explanation(of word: String) -> Explanation? { reason(word) ?? sqlCode(word) }

  private static func reason(_ word: String) -> Explanation? {
    guard let number = UInt32(word), let known = MQReason.words(number) else { return nil }
    return Explanation(
      kind: "mqrc", code: word, title: "\(word)  MQRC_\(known.name)  (IBM MQ)",
      meaning: "\(known.words)")
  }

  private static func sqlCode(_ word: String) -> Explanation? {
    guard let number = Int32(word), let known = SQLCode.words(number) else { return nil }
    return Explanation(
      kind: "sqlcode", code: word, title: "SQLCODE \(number)  (Db2)", meaning: "\(known)")
  }
}
