/// Values that cannot stand in a policy file: there # after a blank begins a comment, and { at the end of
/// a line opens a statement.
enum WritableCheck {
  /// Reports each such value of a rule.
  static func run(_ rule: PolicyRule, of set: PolicySet, into found: inout PolicyDiagnostics) {
    // Values of a policy file can be written as they were read.
    guard set.kind != .policy else { return }
    var texts: [(keyword: String, value: String, file: String, line: Int)] = []
    for one in set.notable(for: rule) {
      guard let source = one.source else { continue }
      texts += one.values.map { (one.keyword, $0, source.file, source.line) }
    }
    for (keyword, value) in [("JobName", rule.jobName), ("UserId", rule.userId)] {
      if let value { texts.append((keyword, value, rule.file, rule.line(of: keyword))) }
    }
    texts.append(("the name", rule.name, rule.file, rule.line))
    for text in texts where !isWritable(text.value) {
      found.error(
        text.file, text.line,
        "\(rule.name) has \(quoted(text.value)) as \(text.keyword), which no policy file can hold",
        "write it without # after a blank, and without { at the end")
    }
  }

  private static func isWritable(_ value: String) -> Bool {
    var previous: UInt8 = 32
    for byte in value.utf8 {
      if byte == UInt8(ascii: "#"), previous == 32 || previous == 9 { return false }
      if byte < 32, byte != 9 { return false }
      previous = byte
    }
    return previous != UInt8(ascii: "{") && !value.isEmpty
  }
}
